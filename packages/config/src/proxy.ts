/** bypassesProxy tells whether a host is exempt by a list like `NO_PROXY`: names, also of whole domains, with or without a port. */
export function bypassesProxy({ hostname, port }: URL, noProxy: string): boolean {
  const host = hostname.toLowerCase();
  return noProxy
    .toLowerCase()
    .split(/[\s,]+/)
    .some((entry) => {
      const [, name = '', onlyPort] = /^(?:\*?\.)?(.*?)(?::(\d+))?$/.exec(entry) ?? [];
      if (entry === '*') return true;
      if (name === '' || (onlyPort !== undefined && onlyPort !== (port || '443'))) return false;
      return host === name || host.endsWith(`.${name}`);
    });
}
