import { Controller } from '@nestjs/common';
import { memberKeyRequestSchema, memberKeySchema, type MemberKeyRequest } from '@asterism/contracts';
import { NodeAccess } from '../contract/access.ts';
import { Body } from '../contract/input.ts';
import { Operation } from '../contract/operation.ts';
import { From, type MemberPeer } from '../node/peer.ts';
import { MemberKeys } from './member-keys.ts';

@Controller()
export class MemberKeysController {
  readonly #keys: MemberKeys;

  constructor(keys: MemberKeys) {
    this.#keys = keys;
  }

  @NodeAccess('member')
  @Operation({
    route: 'POST /agent/v1/keys',
    id: 'requestKey',
    tag: 'keys',
    summary: 'Ask for the key of a volume or an object store',
    description:
      'For a member that the key’s record names as an owner: as this node, as one of its pool, or as any of the cluster. A ' +
      'key that nobody has declared is made, and is the pool’s. Keys of state disks come with a ticket and never this way.',
    body: memberKeyRequestSchema,
    bodyExample: { purpose: 'volume', id: 'pvc-7f0e2a51' },
    response: { status: 200, description: 'the key', schema: memberKeySchema },
    errors: [
      'node-not-locked',
      'node-state-conflict',
      'key-not-owned',
      'key-destroyed',
      'key-unknown',
      'key-id-reserved',
      'kek-undecided',
      'sealed',
    ],
  })
  give(@From() peer: MemberPeer, @Body() body: MemberKeyRequest) {
    return this.#keys.give(peer, body);
  }
}
