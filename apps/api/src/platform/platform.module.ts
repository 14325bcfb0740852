import { Global, Module, type DynamicModule } from '@nestjs/common';
import { Platform } from './platform.ts';

@Global()
@Module({})
export class PlatformModule {
  /** The same platform for the operator application and for the node application. */
  static forRoot(platform: Platform): DynamicModule {
    return {
      module: PlatformModule,
      providers: [{ provide: Platform, useValue: platform }],
      exports: [Platform],
    };
  }
}
