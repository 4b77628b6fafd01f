import type { TerminalView } from '@spt-flow/shared/agent-protocol/terminal-view';

export interface Size {
  readonly cols: number;
  readonly rows: number;
}

export interface Viewer {
  readonly name: string;
  /** False: it only follows. */
  readonly canWrite: boolean;
  size: Size;
}

interface ViewersOptions {
  readonly size: Size;
  /** The terminal's new size. */
  onResize(size: Size): void;
  /** Something of what all see has changed. */
  onChange(): void;
}

/** Viewers decides whose screen a terminal fits: that of the writer who used it last. */
export interface Viewers<V extends Viewer> {
  readonly all: ReadonlySet<V>;
  readonly hasWriter: boolean;
  readonly view: TerminalView;
  isActive(viewer: V): boolean;
  add(viewer: V): void;
  remove(viewer: V): void;
  /** It typed something. */
  use(viewer: V): void;
  resize(viewer: V, size: Size): void;
  share(isShared: boolean): void;
}

export function createViewers<V extends Viewer>(options: ViewersOptions): Viewers<V> {
  const all = new Set<V>();
  /** Who used it last comes last. */
  let writers: readonly V[] = [];
  let { size } = options;
  let isShared = false;

  function fit(): void {
    const wanted = writers.at(-1)?.size ?? size;
    if (wanted.cols === size.cols && wanted.rows === size.rows) return;
    size = wanted;
    options.onResize(size);
    options.onChange();
  }

  const without = (viewer: V) => writers.filter((writer) => writer !== viewer);

  function use(viewer: V): void {
    if (!viewer.canWrite || writers.at(-1) === viewer) return;
    writers = [...without(viewer), viewer];
    fit();
  }

  return {
    all,
    get hasWriter() {
      return writers.length > 0;
    },
    get view() {
      const viewers = [...all].map(({ name, canWrite }) => ({ name, canWrite }));
      return { ...size, isShared, viewers };
    },
    isActive: (viewer) => writers.at(-1) === viewer,
    add(viewer) {
      all.add(viewer);
      options.onChange();
      use(viewer);
    },
    remove(viewer) {
      if (!all.delete(viewer)) return;
      writers = without(viewer);
      options.onChange();
      fit();
    },
    use,
    resize(viewer, wanted) {
      viewer.size = wanted;
      fit();
    },
    share(next) {
      if (next === isShared) return;
      isShared = next;
      options.onChange();
    },
  };
}
