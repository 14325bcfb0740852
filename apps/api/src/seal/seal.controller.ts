import {
  createSealSlotSchema,
  idSchema,
  replaceKekSchema,
  sealSlotSchema,
  sealStatusSchema,
  type CreateSealSlot,
  type ReplaceKek,
} from '@asterism/contracts';
import { Controller } from '@nestjs/common';
import { From, type Caller } from '../auth/caller.ts';
import { Permission } from '../contract/access.ts';
import { Body, Param } from '../contract/input.ts';
import { Operation } from '../contract/operation.ts';
import { SealService } from './seal.service.ts';

const tag = 'seal';

@Controller()
export class SealController {
  readonly #seal: SealService;

  constructor(seal: SealService) {
    this.#seal = seal;
  }

  @Permission('seal.read')
  @Operation({
    route: 'GET /v1/seal',
    id: 'readSeal',
    tag,
    summary: 'Read the seal and its slots',
    description:
      'Whether this replica has the API’s KEK, and the sealed copies of it. Any slot that opens, opens: on this TPM with ' +
      'these PCR values, with this provider’s KEK, or with the key file.',
    response: { status: 200, description: 'the seal as this replica has it', schema: sealStatusSchema },
  })
  read() {
    return this.#seal.status();
  }

  @Permission('recovery.run')
  @Operation({
    route: 'POST /v1/seal/unseal',
    id: 'unseal',
    tag,
    summary: 'Try the seal now',
    description:
      'What a sealed replica does by itself with back-off. `sealed` and `reason` say what came of it.',
    response: { status: 200, description: 'the seal after the attempt', schema: sealStatusSchema },
  })
  unseal(@From() caller: Caller) {
    return this.#seal.unseal(caller);
  }

  @Permission('seal.write')
  @Operation({
    route: 'POST /v1/seal/slots',
    id: 'createSealSlot',
    tag,
    summary: 'Seal the KEK once more',
    description:
      'Under the configured seal. On a TPM to PCRs of your choice; with `values` for what they will be after a planned ' +
      'update: update, restart, then remove the old slot.',
    body: createSealSlotSchema,
    bodyExample: { pcrs: [7], comment: 'before the firmware update' },
    response: { status: 201, description: 'added', schema: sealSlotSchema },
    errors: ['sealed', 'seal-slot-unsupported', 'kek-undecided'],
    idempotent: 'replay',
  })
  add(@From() caller: Caller, @Body() body: CreateSealSlot) {
    return this.#seal.add(caller, body);
  }

  @Permission('seal.write')
  @Operation({
    route: 'DELETE /v1/seal/slots/{slot}',
    id: 'removeSealSlot',
    tag,
    summary: 'Remove a slot',
    description: 'Refused unless another slot opens now, on this replica.',
    params: { slot: idSchema },
    response: { status: 204, description: 'removed' },
    errors: ['sealed', 'seal-slot-unknown', 'seal-slot-last'],
  })
  async remove(@From() caller: Caller, @Param('slot') slot: string): Promise<void> {
    await this.#seal.remove(caller, slot);
  }

  @Permission('seal.write')
  @Operation({
    route: 'POST /v1/seal/kek',
    id: 'replaceKek',
    tag,
    summary: 'Make a new KEK where the old one is lost',
    description:
      'The last resort: no seal opens, and there are not enough shares of the platform. All slots are removed. Every cluster ' +
      'stays closed until its own recovery shares come; results get a new signing key, the old public keys stay. Refused ' +
      'while this replica is open.',
    body: replaceKekSchema,
    bodyExample: { confirm: 'replace the KEK', reason: 'the machine is gone' },
    response: { status: 200, description: 'open, with a new KEK', schema: sealStatusSchema },
    errors: ['not-sealed', 'kek-undecided'],
  })
  replaceKek(@From() caller: Caller, @Body() body: ReplaceKek) {
    return this.#seal.replaceKek(caller, body);
  }
}
