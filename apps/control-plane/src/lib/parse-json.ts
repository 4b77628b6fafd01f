/** parseJson is undefined for what is no JSON, which schemas refuse in their own words. */
export function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
