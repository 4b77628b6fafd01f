export { isConnectionError } from '@spt-flow/db/connection-error';
