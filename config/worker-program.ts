// How a worker of the proxy, or an agent of ours, is run by Node, wherever one is started: by the supervisor, by `sentinel-stack proxy`, in
// benchmarks. It knows flags alone; which program and which configuration are its caller's.

/**
 * Node answers SIGUSR1 with a debugger on port 9229, to which every program of the machine may connect and run what it
 * likes. Children of the supervisor hear from it over their channel, so with this flag the signal never reaches them, also
 * when it is sent to all processes of a service. Who wants to hear the signal does without and listens from its first line.
 */
export const noDebugger = '--disable-sigusr1';

/**
 * Young objects are collected by the worker's own thread: the helpers that V8 would wake for it cost more than they save
 * where what survives is little (get-1k, seven rounds side by side: 21.2 -> 20.2 us). A small nursery costs no more than
 * a large one and keeps memory flat: 129 -> 134 MB over 900,000 requests became 115 -> 114 MB.
 * A request passes through many small functions, and V8 stops putting them into their callers long before it has them all:
 * with three times its budget our own code takes 4.07 -> 3.87 us for an exchange of 1 KB (DECISIONS 349).
 */
export const workerNodeFlags: readonly string[] = [
  '--single-threaded-gc',
  '--max-semi-space-size=4',
  '--max-inlined-bytecode-size-cumulative=3000',
  '--max-inlined-bytecode-size=1000',
];

/**
 * Of our agents. A small nursery here, too, and garbage of long-lived objects is looked for when the heap has grown by 30 %
 * and not by several times: what the firewall remembers of values is forgotten again, so its heap went from 57 to 160 MB
 * between two collections, and to a good 90 behind attacks with this. Processor time did not change by more than turns
 * differed. Helpers for garbage stay: bodies make much of it at once. No object is born old: V8 learns
 * from the first requests that some sorts outlive the nursery, and what is born old keeps all of its exchange alive until
 * the next full collection (2,100 bytes of a request grew old, 330 with this).
 */
export const agentNodeFlags: readonly string[] = [
  '--max-semi-space-size=4',
  '--heap-growing-percent=30',
  '--no-allocation-site-pretenuring',
];

/**
 * For the C library of our agents: one place for memory, whatever the thread, and what is free at its end goes back to the
 * system. With a place for each thread and its own idea of when to give back, the firewall held 261 MB at level 4 behind 25 s
 * of attacks, and 241 with this (DECISIONS 344).
 */
export const agentEnv: Readonly<Record<string, string>> = { MALLOC_ARENA_MAX: '1', MALLOC_TRIM_THRESHOLD_: '65536' };
