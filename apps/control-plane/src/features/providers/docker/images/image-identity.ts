/**
 * isFoundById is true where the engine took a reference for the beginning of an image's identity. Whoever guesses one
 * would have an image that was made for somebody else: names are asked for, identities are not.
 */
export function isFoundById(reference: string, id: string): boolean {
  const digits = (text: string) => text.replace(/^sha256:/, '');
  return digits(id).startsWith(digits(reference));
}
