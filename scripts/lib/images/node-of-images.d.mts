export function nodeOfImages(): Promise<string>;
