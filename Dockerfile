# The bot in a container. docs/operations.md says how it is run.

# Another Debian with Node.js may stand here: a mirror's, or another version that package.json's `engines` takes.
ARG NODE_IMAGE=node:24-bookworm-slim

FROM ${NODE_IMAGE} AS build
WORKDIR /build
COPY package.json package-lock.json ./
# No dependency needs its install script: what ssh2 would compile is only faster.
RUN npm ci --ignore-scripts --no-audit --no-fund
COPY tsconfig.json tsconfig.build.json ./
COPY src src
RUN npm run build:bot && npm prune --omit=dev --ignore-scripts --no-audit --no-fund

FROM ${NODE_IMAGE}
# tini is process 1: it takes away the ssh processes that git leaves, and passes signals on.
RUN apt-get update \
  && apt-get install -y --no-install-recommends ca-certificates git openssh-client tini \
  && rm -rf /var/lib/apt/lists/*
COPY --from=build /build/package.json /opt/touchdown/package.json
COPY --from=build /build/node_modules /opt/touchdown/node_modules
COPY --from=build /build/dist /opt/touchdown/dist
# The user has to have a name (ssh refuses to run otherwise), and 1000 is who it is on most machines: .env and keys are its own.
RUN ln -s /opt/touchdown/dist/main.js /usr/local/bin/touchdown \
  && install -d -o node -g node -m 0700 /var/lib/touchdown /var/cache/touchdown
USER node
# .env, touchdown.yml, .ssh/ and, without PostgreSQL, touchdown.db are here.
WORKDIR /var/lib/touchdown
ENV NODE_ENV=production HOME=/var/lib/touchdown XDG_CACHE_HOME=/var/cache HEALTH_PORT=8080
# Each container has its own copies of the repositories, also where its root is read-only.
VOLUME /var/cache/touchdown
STOPSIGNAL SIGTERM
HEALTHCHECK --interval=30s --timeout=5s --start-period=30s --retries=4 \
  CMD ["node", "-e", "fetch(`http://127.0.0.1:${process.env.HEALTH_PORT}/healthz`).then(async page => { console.log(await page.text()); process.exit(page.ok ? 0 : 1) }, () => process.exit(1))"]
ENTRYPOINT ["tini", "--", "touchdown"]
CMD ["start"]
