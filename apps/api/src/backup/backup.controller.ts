import { createBackupSchema } from '@asterism/contracts';
import { Controller } from '@nestjs/common';
import { z } from 'zod';
import { From, type Caller } from '../auth/caller.ts';
import { Permission } from '../contract/access.ts';
import { Body } from '../contract/input.ts';
import { Operation } from '../contract/operation.ts';
import { BackupService } from './backup.service.ts';

@Controller()
export class BackupController {
  readonly #backup: BackupService;

  constructor(backup: BackupService) {
    this.#backup = backup;
  }

  @Permission('backup.create')
  @Operation({
    route: 'POST /v1/backups',
    id: 'createBackup',
    tag: 'backup',
    summary: 'Back the API’s state up',
    description:
      'Everything that lasts, as of one moment, compressed and encrypted to age recipients as it is read. Keys stay sealed in ' +
      'it: a restored API opens by its seal or by recovery shares. An answer that was cut off is no backup, and `asterism ' +
      'restore` says so.',
    body: createBackupSchema,
    response: {
      status: 200,
      description: 'an age file',
      schema: z.string(),
      mediaType: 'application/octet-stream',
    },
    responseExample: 'age-encryption.org/v1…',
    errors: ['recipients-missing', 'overloaded'],
  })
  create(@From() caller: Caller, @Body() { recipients }: { recipients?: readonly string[] }) {
    return this.#backup.create(caller, recipients);
  }
}
