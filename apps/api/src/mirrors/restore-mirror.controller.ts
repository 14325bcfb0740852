import { Controller } from '@nestjs/common';
import { mirrorRestoreSchema, type Cluster } from '@asterism/contracts';
import { From, In, type Caller } from '../auth/caller.ts';
import { Permission } from '../contract/access.ts';
import { Operation } from '../contract/operation.ts';
import { RestoreMirrorService } from './restore-mirror.service.ts';

@Controller()
export class RestoreMirrorController {
  readonly #restore: RestoreMirrorService;

  constructor(restore: RestoreMirrorService) {
    this.#restore = restore;
  }

  @Permission('keys.write')
  @Operation({
    route: 'POST /v1/clusters/{cluster}/keys/restore-mirror',
    id: 'restoreMirror',
    tag: 'keys',
    summary: 'Put wrapped keys back from the mirrors',
    description:
      'After a restored database that is older than some keys. Only what is missing is put back, only what this installation ' +
      'has signed and the key’s provider opens, and nothing that was destroyed. A disk’s key waits for its own machine.',
    response: { status: 200, description: 'what came of it', schema: mirrorRestoreSchema },
    errors: ['key-mode-conflict', 'mirror-none', 'kek-undecided'],
  })
  restore(@From() caller: Caller, @In() cluster: Cluster) {
    return this.#restore.restore(caller, cluster);
  }
}
