import { Controller } from '@nestjs/common';
import { kekProvidersSchema } from '@asterism/contracts';
import { From, type Caller } from '../auth/caller.ts';
import { Permission } from '../contract/access.ts';
import { Operation } from '../contract/operation.ts';
import { KekProvidersService } from './kek-providers.service.ts';

@Controller()
export class KekProvidersController {
  readonly #providers: KekProvidersService;

  constructor(providers: KekProvidersService) {
    this.#providers = providers;
  }

  @Permission('keys.read')
  @Operation({
    route: 'GET /v1/kek-providers',
    id: 'listKekProviders',
    tag: 'keys',
    summary: 'List KEK providers',
    description:
      'Those of the API’s configuration, each asked now. Addresses, key names and credentials are never in it.',
    response: { status: 200, description: 'all of them', schema: kekProvidersSchema },
  })
  list(@From() caller: Caller) {
    return this.#providers.list(caller);
  }
}
