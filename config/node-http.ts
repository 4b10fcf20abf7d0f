// Node's `http`, for all rooms. An `import` of it names all that it has, and to name its WebSocket makes Node read its whole
// client for `fetch`: 40 ms of processor time and 5 MB of each worker, of which nothing is used. Asked for in this
// way it costs neither. Types are imported from `node:http` as ever; test/tidy/ refuses the rest.

export const { createServer, request, STATUS_CODES } = process.getBuiltinModule('node:http');
