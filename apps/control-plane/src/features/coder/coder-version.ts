/** Since then agents report through one endpoint, and builds tell whether a provisioner is there for them. */
const OLDEST = { major: 2, minor: 19 };

/** versionProblem says what is wrong with the version of a Coder server; undefined: nothing that is known. */
export function versionProblem(version: string): string | undefined {
  const [, major, minor] = /^v?(\d+)\.(\d+)\./.exec(version) ?? [];
  const wanted = `${OLDEST.major}.${OLDEST.minor}`;
  if (major === undefined || minor === undefined)
    return `its version can’t be read; spt-flow needs Coder ${wanted} or newer`;
  if (Number(major) > OLDEST.major)
    return `spt-flow knows Coder ${OLDEST.major}: update spt-flow before you rely on it`;
  if (Number(major) === OLDEST.major && Number(minor) >= OLDEST.minor) return undefined;
  return `it is older than ${wanted}: update Coder`;
}
