const found = 'image conventions';
const CONTROL_PLANE = 'infra/images/control-plane/Dockerfile';
const CODER_BASE = 'infra/images/coder-base/Dockerfile';
const MIRROR = 'infra/images/registry-mirror/Dockerfile';

/** Errors in Dockerfiles that build all the same. */
export const IMAGE_ERRORS = [
  [CONTROL_PLANE, 'ARG BASE=node:24.21.0-bookworm-slim', 'ARG BASE=node:latest'],
  [CONTROL_PLANE, 'ARG BUILD_BASE=node:24.21.0-bookworm-slim', 'ARG BUILD_BASE=node'],
  [CONTROL_PLANE, 'ARG BASE=', '# syntax=docker/dockerfile:1\nARG BASE='],
  [CONTROL_PLANE, 'USER 1000:1000', 'USER root'],
  [CONTROL_PLANE, 'USER 1000:1000\n', ''],
  [CONTROL_PLANE, 'ManagedBy=', 'managed-by='],
  [CONTROL_PLANE, 'COPY --from=build /app/apps', 'COPY --from=builder /app/apps'],
  [CONTROL_PLANE, 'WORKDIR /app\n', 'ENV ANTHROPIC_API_KEY=sk\nWORKDIR /app\n'],
  [CONTROL_PLANE, 'RUN npm ci', 'RUN npm install'],
  [CONTROL_PLANE, 'HEALTHCHECK ', 'STOPSIGNAL '],
  [CONTROL_PLANE, 'ENTRYPOINT ["node", "--enable-source-maps", ', 'ENTRYPOINT exec node #'],
  [
    'infra/images/agent/Dockerfile',
    'COPY --from=build /root',
    'ADD https://example.com/agent /root',
  ],
  [CODER_BASE, 'COPY npm/', 'COPY --chmod=755 npm/'],
  [CODER_BASE, 'RUN npm ci', 'RUN curl -fsSL https://bun.sh/install | bash && npm ci'],
  [CODER_BASE, 'WORKDIR /opt/go', 'RUN pip install awscli\nWORKDIR /opt/go'],
  [MIRROR, '--no-install-recommends ', ''],
  [
    MIRROR,
    ' && rm -rf /var/lib/apt/lists/* /var/cache/apt/* /var/cache/ldconfig/* /var/log/* \\\n',
    '',
  ],
  [MIRROR, 'apt-get update \\', 'apt-get update && apt-get upgrade -y \\'],
].map(([file, from, to]) => ({ file, from, to, found }));
