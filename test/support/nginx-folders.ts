// Where an nginx of a test puts what it does not keep in memory: into its own folder, never into the system's. Lines for
// the `http` block of its configuration.

const kinds = ['client_body', 'proxy', 'fastcgi', 'uwsgi', 'scgi'] as const;

export const nginxFolders = (folder: string): string =>
  kinds.map((kind) => `${kind}_temp_path ${folder}/${kind};`).join('\n');
