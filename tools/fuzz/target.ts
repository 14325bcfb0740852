/** One format that strangers send us, and the code that reads it. */
export interface Target {
  readonly name: string;
  /** Well-formed inputs to begin with. */
  readonly seeds: () => Promise<readonly Uint8Array[]>;
  /** Reads, and verifies where bytes alone allow it. Ends in a value or a `CodedError`; anything else is a finding. */
  readonly read: (input: Uint8Array) => unknown;
}

/** S09: longest that one input may take, in milliseconds, and most memory that it may hold, in bytes. */
export const LIMITS = { milliseconds: 1000, bytes: 64 * 1024 * 1024 };
