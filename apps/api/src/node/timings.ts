/** Milliseconds and numbers of the node side; tests make them small. */
export interface NodeSideTimings {
  /** Between two looks at what is due for re-attestation. */
  readonly scheduleEvery: number;
  /** Until a node that did not answer is asked again. */
  readonly askAgainAfter: number;
  /** For a node to answer. */
  readonly answerWithin: number;
  /** Between two looks at who is lost; also this replica's beat. */
  readonly lostEvery: number;
  /** Without a stream until a node is lost. */
  readonly lostAfter: number;
  /** Without a beat until a replica is dead. */
  readonly replicaDeadAfter: number;
  /** For a socket to attest. */
  readonly attestWithin: number;
  /** Requests at work, and in line. */
  readonly running: number;
  readonly waiting: number;
  /** Sockets at most. */
  readonly sockets: number;
}

export const TIMINGS: NodeSideTimings = {
  scheduleEvery: 500,
  askAgainAfter: 20_000,
  answerWithin: 15_000,
  lostEvery: 1_000,
  lostAfter: 10_000,
  replicaDeadAfter: 10_000,
  attestWithin: 30_000,
  running: 16,
  waiting: 400,
  sockets: 5_000,
};
