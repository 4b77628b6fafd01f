import { SLOTS, type Slot } from './update-places.ts';

const WATCH_MS = 500;

/** Launch is how the agent was started. */
export interface Launch {
  /** The launcher's process; undefined: somebody else started the agent, and it cannot be renewed from inside. */
  readonly launcherPid: number | undefined;
  /** It has to prove itself. */
  readonly trial: Slot | undefined;
}

export function readLaunch(environment: Readonly<Record<string, string | undefined>>): Launch {
  const pid = Number(environment['SPT_FLOW_AGENT_LAUNCHER']);
  const trial = environment['SPT_FLOW_AGENT_TRIAL'];
  return {
    launcherPid: Number.isSafeInteger(pid) && pid > 0 ? pid : undefined,
    trial: SLOTS.find((slot) => slot === trial),
  };
}

/** An agent whose launcher was killed makes way for the one that the next launcher starts. */
export function watchLauncher({ launcherPid }: Launch, onGone: () => void): void {
  if (launcherPid === undefined) return;
  const timer = setInterval(() => {
    if (process.ppid === launcherPid) return;
    clearInterval(timer);
    onGone();
  }, WATCH_MS);
  timer.unref();
}
