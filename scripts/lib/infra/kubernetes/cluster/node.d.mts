/** hasNodeParts: pods can really run here. */
export function hasNodeParts(): boolean;
