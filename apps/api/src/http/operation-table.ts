import type { FastifyRequest } from 'fastify';
import { declaredOperations, type Controllers, type DeclaredOperation } from '../contract/declared.ts';

const found = new WeakMap<object, DeclaredOperation>();

/** The declared operations of a listener by what its router matches. */
export class OperationTable {
  readonly #byRoute = new Map<string, DeclaredOperation>();
  readonly #shapes: readonly { readonly shape: RegExp; readonly method: string }[];

  constructor(controllers: Controllers) {
    const operations = declaredOperations(controllers);
    for (const operation of operations) {
      this.#byRoute.set(`${operation.method} ${operation.path.replaceAll(/\{(\w+)\}/g, ':$1')}`, operation);
    }
    this.#shapes = operations.map(({ path, method }) => ({
      method,
      shape: new RegExp(`^${path.replaceAll('.', '\\.').replaceAll(/\{\w+\}/g, '[^/]+')}$`),
    }));
  }

  /** The operation that the router chose. */
  find(request: FastifyRequest): DeclaredOperation | undefined {
    const operation = this.#byRoute.get(`${request.method} ${request.routeOptions.url ?? ''}`);
    if (operation !== undefined) found.set(request.raw, operation);
    return operation;
  }

  /** Methods that a path takes, for `Allow`; none where it is no path of this listener. */
  allowedOn(path: string): string[] {
    return [...new Set(this.#shapes.filter(({ shape }) => shape.test(path)).map(({ method }) => method))];
  }
}

/** Of a request that the router has matched. */
export function operationOf(request: FastifyRequest): DeclaredOperation {
  const operation = found.get(request.raw);
  if (operation === undefined) throw new Error('the request matched no declared operation');
  return operation;
}
