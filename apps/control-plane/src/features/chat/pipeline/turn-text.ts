/** TurnText is the answer as it grows. What a failed reply had said is taken back from it. */
export class TurnText {
  #value = '';
  readonly #emit: (delta: string) => void;

  constructor(emit: (delta: string) => void) {
    this.#emit = emit;
  }

  get value(): string {
    return this.#value.trim();
  }

  /** A position to return to with `rewind`. */
  get length(): number {
    return this.#value.length;
  }

  append(delta: string): void {
    if (delta === '') return;
    this.#value += delta;
    this.#emit(delta);
  }

  /** Starts a new paragraph before the next text, if there is any text. */
  paragraph(text: string): void {
    const gap = this.#value.trim() === '' || this.#value.endsWith('\n\n') ? '' : '\n\n';
    this.append(gap + text);
  }

  rewind(length: number): void {
    this.#value = this.#value.slice(0, length);
  }
}
