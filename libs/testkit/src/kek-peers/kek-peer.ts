/** What can be wrong with the way to a key service or with the service; every provider meets each of them. */
export const KEK_FAULTS = [
  /** Connections are refused. */
  'down',
  /** Connections are taken, and nothing comes back. */
  'hang',
  /** The connection ends in the middle of the answer. */
  'reset',
  /** The service says that it failed: 500 and its like. */
  'broken',
  /** The service says that it is asked too often, and when to come back if it has a word for it. */
  'throttled',
  /** What comes back is not in the service's language. */
  'garbage',
  /** What comes back is, and holds nothing. */
  'empty',
] as const;
export type KekFault = (typeof KEK_FAULTS)[number];

/** Sections of the configuration, all for the same service. */
export interface KekPeerSections {
  readonly usual: unknown;
  /** Another key. */
  readonly otherKey: unknown;
  /** A key that the service does not have. */
  readonly unknownKey: unknown;
  /** Credentials that the service knows, and that may not use the key. */
  readonly denied: unknown;
  /** Credentials that the service does not know. */
  readonly stranger: unknown;
  /** The usual key, asked for in another region, vault, slot or server. */
  readonly elsewhere: unknown;
}

/** A key service on this machine, and what can be done to it. */
export interface KekPeer {
  readonly sections: KekPeerSections;
  /** Texts that no error and no log may hold: tokens, passwords, PINs. */
  readonly secrets: readonly string[];
  /** Makes a next version of the usual key. */
  rotate(): Promise<void>;
  disable(): Promise<void>;
  enable(): Promise<void>;
  /** `undefined` heals it. */
  fault(fault: KekFault | undefined): Promise<void>;
  stop(): Promise<void>;
}
