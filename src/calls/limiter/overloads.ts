/** Tells a server at its end from one that turns a call away now and then. */
export interface Overloads {
  /** Whether so many of the last calls were turned away that there are too many of them. */
  readonly isMany: boolean;
  note(isTurnedAway: boolean): void;
  /** What was seen has been acted on. */
  forget(): void;
}

/** Calls that count, the last ones the most. */
const remembered = 50;
/** Behind a gateway with many servers, one in a hundred says nothing of the others. */
const manyShare = 0.1;

export function createOverloads(): Overloads {
  let share = 0;
  return {
    get isMany() {
      return share > manyShare;
    },
    note(isTurnedAway) {
      share += ((isTurnedAway ? 1 : 0) - share) / remembered;
    },
    forget() {
      share = 0;
    },
  };
}
