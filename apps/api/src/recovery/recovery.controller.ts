import { recoveryProgressSchema, recoveryStatusSchema, submitShareSchema } from '@asterism/contracts';
import { Controller } from '@nestjs/common';
import { From, type Caller } from '../auth/caller.ts';
import { Permission } from '../contract/access.ts';
import { Body } from '../contract/input.ts';
import { Operation } from '../contract/operation.ts';
import { RecoveryService } from './recovery.service.ts';

const tag = 'recovery';

@Controller()
export class RecoveryController {
  readonly #recovery: RecoveryService;

  constructor(recovery: RecoveryService) {
    this.#recovery = recovery;
  }

  @Permission('recovery.read')
  @Operation({
    route: 'GET /v1/recovery',
    id: 'readRecovery',
    tag,
    summary: 'Read what is closed, and which shares are here',
    description:
      'Of this replica: whether its keys are sealed, which clusters do not open under its KEK, and shares that were submitted ' +
      'and are not enough yet.',
    response: { status: 200, description: 'state of recovery', schema: recoveryStatusSchema },
    errors: ['sealed'],
  })
  read() {
    return this.#recovery.status();
  }

  @Permission('recovery.run')
  @Operation({
    route: 'POST /v1/recovery/shares',
    id: 'submitRecoveryShare',
    tag,
    summary: 'Submit a recovery share',
    description:
      'The decrypted text of a share file, to the same replica as the others. Shares stay in this replica’s memory, for half an ' +
      'hour at most. With the last that is needed the secret is checked, sealed anew, and what was closed opens. A share that ' +
      'is refused changes nothing.',
    body: submitShareSchema,
    bodyExample: { share: '{"schema":"asterism/recovery-share/v1",…}' },
    response: {
      status: 200,
      description: 'what is here now, and whether it was enough',
      schema: recoveryProgressSchema,
    },
    errors: [
      'sealed',
      'not-sealed',
      'recovery-share-malformed',
      'recovery-share-foreign',
      'recovery-share-superseded',
      'recovery-share-wrong',
      'recovery-share-repeated',
      'recovery-secret-wrong',
    ],
  })
  submit(@From() caller: Caller, @Body() { share }: { share: string }) {
    return this.#recovery.submit(caller, share);
  }

  @Permission('recovery.run')
  @Operation({
    route: 'DELETE /v1/recovery/shares',
    id: 'discardRecoveryShares',
    tag,
    summary: 'Forget the shares that were submitted',
    description: 'Of all sets, on this replica.',
    response: { status: 204, description: 'forgotten' },
  })
  async discard(@From() caller: Caller): Promise<void> {
    await this.#recovery.discard(caller);
  }
}
