import { AttestationController } from '../attestation/attestation.controller.ts';
import type { Controllers } from '../contract/declared.ts';
import { JoinController } from '../join/join.controller.ts';
import { MemberKeysController } from '../keys/member-keys.controller.ts';
import { NodeAccessController } from '../node-access/node-access.controller.ts';
import { NodeEventsController } from '../node-events/node-events.controller.ts';
import { StreamController } from '../stream/stream.controller.ts';

/** Every controller of the node listener; the agent document is made from them. */
export const NODE_CONTROLLERS: Controllers = [
  AttestationController,
  JoinController,
  MemberKeysController,
  NodeAccessController,
  NodeEventsController,
  StreamController,
];
