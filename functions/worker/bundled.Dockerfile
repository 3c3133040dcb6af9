# Of a worker that was bundled beforehand, with the handlers of a project: what the last stages of
# Dockerfile are.
ARG SQL=without-sql

FROM node:24-slim AS without-sql

FROM node:24-slim AS with-sql
# https://docs.aws.amazon.com/AmazonRDS/latest/AuroraUserGuide/UsingWithRDS.SSL.html
ADD --chmod=644 https://truststore.pki.rds.amazonaws.com/global/global-bundle.pem /etc/ssl/rds.pem
ENV NODE_EXTRA_CA_CERTS=/etc/ssl/rds.pem

FROM $SQL
ENV NODE_ENV=production
WORKDIR /app
COPY *.mjs *.mjs.map ./
USER node
# The rest of the file system is read-only when deployed.
VOLUME ["/tmp"]
# Not through npm or a shell: SIGTERM has to reach node.
ENTRYPOINT ["node", "--enable-source-maps", "main.mjs"]
