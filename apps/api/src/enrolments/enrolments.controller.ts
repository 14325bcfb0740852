import { Controller } from '@nestjs/common';
import {
  approveEnrolmentSchema,
  denyEnrolmentSchema,
  enrolmentSchema,
  enrolmentStateSchema,
  idSchema,
  pageQuerySchema,
  pageSchema,
  type Cluster,
} from '@asterism/contracts';
import { From, In, type Caller } from '../auth/caller.ts';
import { Permission } from '../contract/access.ts';
import { Body, Param, Query } from '../contract/input.ts';
import { Operation } from '../contract/operation.ts';
import { EnrolmentsService, type Approval, type EnrolmentQuery } from './enrolments.service.ts';

const tag = 'enrolments';
const params = { enrolment: idSchema };

@Controller()
export class EnrolmentsController {
  readonly #enrolments: EnrolmentsService;

  constructor(enrolments: EnrolmentsService) {
    this.#enrolments = enrolments;
  }

  @Permission('enrolments.read')
  @Operation({
    route: 'GET /v1/clusters/{cluster}/enrolments',
    id: 'listEnrolments',
    tag,
    summary: 'List enrolments',
    description: 'Newest first; `state=waiting` are those that an operator may decide.',
    query: pageQuerySchema.extend({ state: enrolmentStateSchema.optional() }),
    response: { status: 200, description: 'one page', schema: pageSchema(enrolmentSchema) },
  })
  list(@In() cluster: Cluster, @Query() query: EnrolmentQuery) {
    return this.#enrolments.list(cluster, query);
  }

  @Permission('enrolments.read')
  @Operation({
    route: 'GET /v1/clusters/{cluster}/enrolments/{enrolment}',
    id: 'readEnrolment',
    tag,
    summary: 'Read an enrolment',
    description: 'With the appraisal it rests on, or was refused for.',
    params,
    response: { status: 200, description: 'the enrolment', schema: enrolmentSchema },
    errors: ['enrolment-unknown'],
  })
  read(@In() cluster: Cluster, @Param('enrolment') enrolment: string) {
    return this.#enrolments.read(cluster, enrolment);
  }

  @Permission('enrolments.decide')
  @Operation({
    route: 'POST /v1/clusters/{cluster}/enrolments/{enrolment}/approve',
    id: 'approveEnrolment',
    tag,
    summary: 'Approve an enrolment',
    description:
      'For exactly the identity that was shown, which is sent back. The machine gets its grant with its next request, ' +
      'on fresh evidence.',
    params,
    body: approveEnrolmentSchema,
    response: { status: 200, description: 'the enrolment as it is now', schema: enrolmentSchema },
    errors: ['enrolment-unknown', 'enrolment-decided'],
  })
  approve(
    @From() caller: Caller,
    @In() cluster: Cluster,
    @Param('enrolment') enrolment: string,
    @Body() body: Approval,
  ) {
    return this.#enrolments.approve(caller, cluster, enrolment, body);
  }

  @Permission('enrolments.decide')
  @Operation({
    route: 'POST /v1/clusters/{cluster}/enrolments/{enrolment}/deny',
    id: 'denyEnrolment',
    tag,
    summary: 'Deny an enrolment',
    description: 'The machine’s identity stays taken, so that it cannot ask again elsewhere.',
    params,
    body: denyEnrolmentSchema,
    response: { status: 200, description: 'the enrolment as it is now', schema: enrolmentSchema },
    errors: ['enrolment-unknown', 'enrolment-decided'],
  })
  deny(
    @From() caller: Caller,
    @In() cluster: Cluster,
    @Param('enrolment') enrolment: string,
    @Body() body: { reason: string },
  ) {
    return this.#enrolments.deny(caller, cluster, enrolment, body);
  }
}
