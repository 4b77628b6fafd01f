import type { TerminalView } from '@spt-flow/shared/agent-protocol/terminal-view';
import type { Pty, PtyOptions } from '../runtime/runtime.ts';
import { createCoalescer } from './coalesce.ts';
import { createFeed, type Feed } from './feed.ts';
import { isQueryAnswer } from './query-answers.ts';
import { createScreen } from './screen.ts';
import { createViewers, type Size, type Viewer } from './viewers.ts';

const MAX_WAITING_BYTES = 4 * 1024 * 1024;
/** A viewer that takes nothing for this long no longer holds up the others. */
const STALL_MS = 15_000;

export interface ViewerEvents {
  onView(view: TerminalView): void;
  onData(bytes: Uint8Array): void;
  onExit(exitCode: number, signal: string | null): void;
  /** It was too slow and is no viewer any more. */
  onOutpaced(): void;
  /** It only followed, and the terminal is not shared any more. */
  onRefused(): void;
}

export interface Attachment {
  write(bytes: Uint8Array): void;
  resize(size: Size): void;
  share(isShared: boolean): void;
  pause(): void;
  resume(): void;
  detach(): void;
}

export interface ViewerRequest extends Size {
  readonly viewer: string;
  readonly follow: boolean;
  readonly history: boolean;
}

/** Terminal is one pseudo-terminal, its screen and those who look at it. */
export interface Terminal {
  readonly pid: number;
  readonly isShared: boolean;
  /** Draws the screen for the viewer, then passes on what comes. */
  attach(request: ViewerRequest, events: ViewerEvents): Attachment;
}

interface Viewing extends Viewer {
  readonly events: ViewerEvents;
  readonly feed: Feed;
  stall: NodeJS.Timeout | undefined;
}

type OpenPty = (events: Pick<PtyOptions, 'onData' | 'onExit'>) => Promise<Pty>;

export async function createTerminal(
  openPty: OpenPty,
  { size, onEnd }: { readonly size: Size; onEnd(): void },
): Promise<Terminal> {
  let ended: { exitCode: number; signal: string | null } | undefined;
  let isScreenBehind = false;
  let isPaused = false;
  let hasPrinted = false;
  const screen = createScreen({ ...size, onAnswer: answer });
  const output = createCoalescer(show);
  const viewers = createViewers<Viewing>({ size, onResize: fit, onChange: tellView });
  const pty = await openPty({
    onData: output.push,
    onExit(exitCode, signal) {
      output.flush();
      ended = { exitCode, signal };
      for (const viewing of viewers.all) if (!viewing.feed.isHeld('screen')) end(viewing);
      onEnd();
    },
  });

  function show(bytes: Buffer): void {
    hasPrinted = true;
    const caughtUp = screen.write(bytes, viewers.hasWriter);
    if (caughtUp) void waitForScreen(caughtUp);
    for (const viewing of viewers.all) {
      viewing.feed.push(bytes);
      if (viewing.feed.waitingBytes > MAX_WAITING_BYTES) outpace(viewing);
    }
  }

  async function waitForScreen(caughtUp: Promise<void>): Promise<void> {
    isScreenBehind = true;
    letFlow();
    await caughtUp;
    isScreenBehind = false;
    letFlow();
  }

  function answer(bytes: Uint8Array): void {
    if (!ended) pty.write(bytes);
  }

  function fit({ cols, rows }: Size): void {
    if (ended) return;
    output.flush();
    screen.resize(cols, rows);
    pty.resize(cols, rows);
  }

  function tellView(): void {
    const { view } = viewers;
    for (const { events } of viewers.all) events.onView(view);
  }

  function end({ stall, feed, events }: Viewing): void {
    clearTimeout(stall);
    feed.flush();
    if (ended) events.onExit(ended.exitCode, ended.signal);
  }

  function outpace(viewing: Viewing): void {
    remove(viewing);
    viewing.events.onOutpaced();
  }

  function remove(viewing: Viewing): void {
    clearTimeout(viewing.stall);
    viewers.remove(viewing);
    letFlow();
  }

  /** The program waits for the slowest of those who use it, and while somebody's screen is drawn; followers fall behind. */
  function letFlow(): void {
    if (ended) return;
    const isHeld = [...viewers.all].some(
      ({ canWrite, feed }) => feed.isHeld('screen') || (canWrite && feed.isHeld('reader')),
    );
    if (isPaused === (isHeld || isScreenBehind)) return;
    isPaused = !isPaused;
    if (isPaused) pty.pause();
    else pty.resume();
  }

  function pause(viewing: Viewing): void {
    viewing.feed.hold('reader');
    viewing.stall ??= setTimeout(() => {
      viewing.stall = undefined;
      if (viewing.feed.isHeld('reader') && viewers.all.size > 1) outpace(viewing);
    }, STALL_MS);
    letFlow();
  }

  function resume(viewing: Viewing): void {
    clearTimeout(viewing.stall);
    viewing.stall = undefined;
    viewing.feed.release('reader');
    letFlow();
  }

  function attach(request: ViewerRequest, events: ViewerEvents): Attachment {
    const { cols, rows, viewer, follow, history } = request;
    const viewing: Viewing = {
      ...{ name: viewer, canWrite: !follow, size: { cols, rows }, events },
      ...{ feed: createFeed(events.onData), stall: undefined },
    };
    output.flush();
    // What it is shown from here on comes after its screen, which includes all until here.
    if (hasPrinted) viewing.feed.hold('screen');
    viewers.add(viewing);
    if (hasPrinted) void draw(viewing, history);
    return attachmentOf(viewing);
  }

  async function draw(viewing: Viewing, history: boolean): Promise<void> {
    letFlow();
    const drawn = await screen.snapshot({ history });
    viewing.events.onData(Buffer.from(drawn));
    viewing.feed.release('screen');
    if (ended) end(viewing);
    else letFlow();
  }

  function attachmentOf(viewing: Viewing): Attachment {
    const { canWrite } = viewing;
    return {
      write(bytes) {
        if (ended || !canWrite) return;
        // Each terminal answers the program's questions; one answer is enough.
        if (!viewers.isActive(viewing) && isQueryAnswer(bytes)) return;
        viewers.use(viewing);
        pty.write(bytes);
      },
      resize: (wanted) => viewers.resize(viewing, wanted),
      share: (isShared) => {
        if (canWrite) share(isShared);
      },
      pause: () => pause(viewing),
      resume: () => resume(viewing),
      detach: () => remove(viewing),
    };
  }

  function share(isShared: boolean): void {
    viewers.share(isShared);
    if (isShared) return;
    for (const viewing of [...viewers.all].filter(({ canWrite }) => !canWrite)) {
      remove(viewing);
      viewing.events.onRefused();
    }
  }

  return {
    pid: pty.pid,
    get isShared() {
      return viewers.view.isShared;
    },
    attach,
  };
}
