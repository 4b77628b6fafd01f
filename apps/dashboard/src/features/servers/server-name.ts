const MAX_CHARACTERS = 58;

/** toServerName makes a name that the control plane takes of what a machine calls itself. */
export function toServerName(machineName: string): string {
  return machineName
    .toLowerCase()
    .replace(/[^a-z0-9]+/g, '-')
    .slice(0, MAX_CHARACTERS)
    .replace(/^-+|-+$/g, '');
}
