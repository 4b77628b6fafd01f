/** Account is whom the agent runs as, and everything that is run through it. */
export interface Account {
  readonly name: string;
  readonly uid: number;
  readonly gid: number;
  readonly home: string;
  readonly shell: string;
  /** Nobody else is in its group. */
  readonly hasOwnGroup: boolean;
}
