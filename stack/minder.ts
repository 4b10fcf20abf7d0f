// A program that is not ours does not notice that its supervisor was killed. So beside each stands a shell, which waits
// for the end of a pipe that only the supervisor holds, gives others the grace to take over, and then ends the program's
// group, if the process that it was started for is still that process. The shaping decision: a shell costs a megabyte and
// needs nothing of us. It refuses to act while the supervisor lives: stopping is stop.ts's.

import { execa } from 'execa';
import { identify } from './process-identity.ts';

const script = `
read -r _
sleep "$GRACE"
is_same() { stat=$(cat "/proc/$LEADER/stat" 2>/dev/null) || return 1; set -- \${stat##*) }; [ "\${20}" = "$SINCE" ]; }
is_same || exit 0
kill -TERM "-$LEADER"
sleep 2
is_same && kill -KILL "-$LEADER"
`;

/** Stops minding when the function returned is called. */
export function mind(leader: number, graceMs: number): () => void {
  let end = () => {};
  let isOver = false;
  void identify(leader).then((identity) => {
    if (identity === undefined || isOver) return;
    const env = { LEADER: String(leader), SINCE: identity.startTicks, GRACE: String(graceMs / 1000), PATH: usualPath };
    const options = { detached: true, cleanup: false, reject: false, extendEnv: false, env } as const;
    // Without a shell on this machine the program stays until somebody takes over.
    const shell = execa('/bin/sh', ['-c', script], { ...options, stdio: ['pipe', 'ignore', 'ignore'] });
    end = () => void shell.kill('SIGKILL');
  });
  return () => {
    isOver = true;
    end();
  };
}

const usualPath = '/usr/local/bin:/usr/bin:/bin';
