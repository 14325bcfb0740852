import { Controller } from '@nestjs/common';
import {
  collateralBundleSchema,
  collateralEntrySchema,
  collateralImportSchema,
  pageQuerySchema,
  pageSchema,
  type CollateralBundle,
} from '@asterism/contracts';
import { From, type Caller } from '../auth/caller.ts';
import type { PageQuery } from '../clusters/clusters.service.ts';
import { Permission } from '../contract/access.ts';
import { Body, Query } from '../contract/input.ts';
import { Operation } from '../contract/operation.ts';
import { CollateralService } from './collateral.service.ts';

const tag = 'collateral';

@Controller()
export class CollateralController {
  readonly #collateral: CollateralService;

  constructor(collateral: CollateralService) {
    this.#collateral = collateral;
  }

  @Permission('collateral.read')
  @Operation({
    route: 'GET /v1/collateral',
    id: 'listCollateral',
    tag,
    summary: 'List the collateral that is kept here',
    description:
      'Certificates, revocation lists and documents of AMD and Intel that evidence is verified with, by kind and key. ' +
      'Keys name the products, chips and platforms of all clusters.',
    query: pageQuerySchema,
    response: { status: 200, description: 'one page', schema: pageSchema(collateralEntrySchema) },
  })
  list(@Query() query: PageQuery) {
    return this.#collateral.list(query);
  }

  @Permission('collateral.read')
  @Operation({
    route: 'GET /v1/collateral/bundle',
    id: 'exportCollateral',
    tag,
    summary: 'Export collateral',
    description: 'All that is current, to be imported where there is no way to the vendors.',
    response: { status: 200, description: 'the bundle', schema: collateralBundleSchema },
  })
  bundle() {
    return this.#collateral.bundle();
  }

  @Permission('collateral.write')
  @Operation({
    route: 'POST /v1/collateral/bundle',
    id: 'importCollateral',
    tag,
    summary: 'Import collateral',
    description:
      "Every item is verified by itself up to the vendor's pinned root: what is expired, forged, malformed or older than " +
      'what is here is left out and told. Nodes whose last verdict was made with an item that changed are asked again. ' +
      'Larger bundles come in parts.',
    body: collateralBundleSchema,
    response: { status: 200, description: 'what was taken and what was not', schema: collateralImportSchema },
  })
  import(@From() caller: Caller, @Body() body: CollateralBundle) {
    return this.#collateral.import(caller, body);
  }
}
