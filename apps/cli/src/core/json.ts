/** parseJson returns undefined for what is not JSON. */
export function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    // The schema of the caller refuses undefined.
    return undefined;
  }
}
