/** packageUrl writes a purl: https://github.com/package-url/purl-spec */
export function packageUrl({ type, name, version, qualifiers = {} }) {
  const path = name.split('/').map(encode).join('/');
  const rest = new URLSearchParams(
    Object.entries(qualifiers).filter(([, value]) => value),
  ).toString();
  return `pkg:${type}/${path}${version ? `@${encode(version)}` : ''}${rest ? `?${rest}` : ''}`;
}

/** Colons stay, in the epochs of Debian too. */
function encode(text) {
  return encodeURIComponent(text).replaceAll('%3A', ':');
}
