import { Controller } from '@nestjs/common';
import {
  idOrNameSchema,
  verificationRequestSchema,
  verificationSchema,
  type Cluster,
  type VerificationRequest,
} from '@asterism/contracts';
import { From, In, type Caller } from '../auth/caller.ts';
import { Permission } from '../contract/access.ts';
import { Body, Param } from '../contract/input.ts';
import { Operation } from '../contract/operation.ts';
import { VerificationsService } from './verifications.service.ts';

@Controller()
export class VerificationsController {
  readonly #verifications: VerificationsService;

  constructor(verifications: VerificationsService) {
    this.#verifications = verifications;
  }

  @Permission('verification.run')
  @Operation({
    route: 'POST /v1/clusters/{cluster}/nodes/{node}/verifications',
    id: 'createVerification',
    tag: 'verification',
    summary: 'Verify a node',
    description:
      'The node makes evidence over your nonce, bound to cluster, node and its claims. You get the raw evidence, so that ' +
      'you can verify it yourself, and the server’s verdict as signed result. A verdict of `refused` is an answer, not ' +
      'an error.',
    params: { node: idOrNameSchema },
    body: verificationRequestSchema,
    bodyExample: { nonce: 'mJk3o1v6s0xgq2hQe0Qb1k8cVhK6n1yQyN3r0l2t5uA' },
    response: { status: 200, description: 'evidence, claims and result', schema: verificationSchema },
    errors: [
      'node-unknown',
      'node-offline',
      'node-state-conflict',
      'policy-none-active',
      'overloaded',
      'sealed',
      'timeout',
    ],
  })
  verify(
    @From() caller: Caller,
    @In() cluster: Cluster,
    @Param('node') node: string,
    @Body() body: VerificationRequest,
  ) {
    return this.#verifications.verify(caller, cluster, node, body);
  }
}
