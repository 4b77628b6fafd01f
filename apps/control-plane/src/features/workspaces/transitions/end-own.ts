interface EndOwnDeps<W> {
  /** What runs or is to change, on this machine and elsewhere. */
  active(): Promise<readonly W[]>;
  /** What other replicas look after. */
  ofOthers(): Promise<ReadonlySet<string>>;
  isRunningHere(workspace: W): Promise<boolean>;
  end(workspace: W): Promise<void>;
}

/** Ends what runs here and is nobody else's: on an engine that replicas share, all of it can be seen from here. */
export async function endOwn<W extends { readonly id: string }>(
  deps: EndOwnDeps<W>,
): Promise<void> {
  const [active, spared] = await Promise.all([deps.active(), deps.ofOthers()]);
  const own = active.filter(({ id }) => !spared.has(id));
  await Promise.all(
    own.map(async (workspace) => {
      if (await deps.isRunningHere(workspace)) await deps.end(workspace);
    }),
  );
}
