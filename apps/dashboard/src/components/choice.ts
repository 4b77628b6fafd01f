/** Choice is one entry of a `ChoiceField`. */
export interface Choice {
  readonly label: string;
  readonly value: string;
  readonly icon?: string;
  /** What tells it from others of the same name; it is searched, too. */
  readonly description?: string;
}

/** FilterChoice is one of `FilterFields`: `name` is that of the filter it sets. */
export interface FilterChoice {
  readonly name: string;
  readonly label: string;
  readonly items: readonly Choice[];
}
