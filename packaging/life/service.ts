// Who keeps the service running in a tree, as a life of a package needs it: systemd, or what stands in for it.

export interface StackStatus {
  readonly pid: number;
  readonly phase: string;
  readonly version: string;
}

export interface ServiceManager {
  readonly tree: string;
  readonly hasWatchdog: boolean;
  /** As this process sees it; 0: it does not run. */
  mainPid(): Promise<number>;
  reload(): Promise<readonly [code: number, text: string]>;
  status(): Promise<StackStatus | undefined>;
}
