import { EnvHttpProxyAgent, type Dispatcher } from 'undici';

export interface ProxySettings {
  /** Addresses of proxies, and hosts that need none, as in `HTTPS_PROXY`, `HTTP_PROXY`, `NO_PROXY`. */
  readonly https: string | undefined;
  readonly http: string | undefined;
  readonly none: string | undefined;
}

const CONNECT_MILLISECONDS = 5_000;

/** Connections to vendors. Empty settings are said, because the agent would read the process's environment for itself. */
export function vendorDispatcher(proxy: ProxySettings): Dispatcher {
  return new EnvHttpProxyAgent({
    httpsProxy: proxy.https ?? '',
    httpProxy: proxy.http ?? '',
    noProxy: proxy.none ?? '',
    connect: { timeout: CONNECT_MILLISECONDS },
  });
}
