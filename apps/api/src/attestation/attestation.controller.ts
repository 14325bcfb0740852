import { Controller } from '@nestjs/common';
import {
  attestationRequestSchema,
  attestationSchema,
  challengeRequestSchema,
  challengeSchema,
  freshNonceSchema,
  type AttestationRequest,
  type ChallengeRequest,
} from '@asterism/contracts';
import { z } from 'zod';
import { NodeAccess } from '../contract/access.ts';
import { Body } from '../contract/input.ts';
import { Operation } from '../contract/operation.ts';
import { From, type AttestedPeer, type Peer } from '../node/peer.ts';
import { Attestation } from './attestation.ts';

const tag = 'attestation';

@Controller()
export class AttestationController {
  readonly #attestation: Attestation;

  constructor(attestation: Attestation) {
    this.#attestation = attestation;
  }

  @NodeAccess('connection')
  @Operation({
    route: 'POST /agent/v1/attestation/challenge',
    id: 'challenge',
    tag,
    summary: 'Ask for the API’s proof and a nonce',
    description:
      'The API proves itself over the node’s nonce, on this connection, before the node says more. The answer’s nonce is ' +
      'for the node’s evidence. `activation` comes while the attestation key is not known to belong to the EK.',
    body: challengeRequestSchema,
    response: { status: 200, description: 'proof, nonce and what to quote', schema: challengeSchema },
    errors: ['pool-unknown', 'policy-none-active', 'evidence-invalid', 'evidence-variant-wrong'],
  })
  challenge(@From() { connection }: Peer, @Body() body: ChallengeRequest) {
    return this.#attestation.challenge(connection, body);
  }

  @NodeAccess('connection')
  @Operation({
    route: 'POST /agent/v1/attestation',
    id: 'attest',
    tag,
    summary: 'Prove this machine',
    description:
      'Evidence over the challenge’s nonce, bound to this connection. Where the policy of the pool accepts it, the other ' +
      'routes answer on this connection and on no other, until `validUntil`.',
    body: attestationRequestSchema,
    response: { status: 200, description: 'accepted', schema: attestationSchema },
    errors: [
      'nonce-invalid',
      'policy-none-active',
      'activation-required',
      'activation-failed',
      'evidence-invalid',
      'evidence-not-genuine',
      'evidence-refused',
      'evidence-undecided',
      'evidence-variant-wrong',
      'node-revoked',
    ],
  })
  attest(@From() { connection }: Peer, @Body() body: AttestationRequest) {
    return this.#attestation.attest(connection, body);
  }

  @NodeAccess('attested')
  @Operation({
    route: 'POST /agent/v1/nonces',
    id: 'createNonce',
    tag,
    summary: 'Get a nonce for the next request',
    description: 'For evidence that the next request carries. Lives 60 s, works once, on this connection.',
    body: z.strictObject({}).meta({ id: 'NonceRequest' }),
    response: { status: 201, description: 'nonce and what to quote', schema: freshNonceSchema },
  })
  nonce(@From() { connection, attested }: AttestedPeer) {
    return this.#attestation.freshNonce(connection, attested);
  }
}
