// What people write in editors: plain markdown, markdown with pieces of code in nine languages, HTML of what-you-see
// editors, blocks of WordPress, reports of errors with traces, differences between files, formulas, wiki text. Code that
// reads like an attack (queries, shell, pages) is here on purpose, at the share that a forum of developers has.

import { type CleanRequest, form, json, multipart, utf8 } from './message.ts';
import type { Random } from './random.ts';
import { paragraph, paragraphs, searchTerms, sentence, slug } from './words.ts';

export const snippets: Readonly<Record<string, readonly string[]>> = {
  js: [
    'const users = await db.find({ active: true });\nfor (const user of users) {\n  console.log(`${user.name}: ${user.email}`);\n}',
    "document.querySelector('#app').addEventListener('click', (event) => {\n  event.preventDefault();\n  setTimeout(() => alert('done'), 1000);\n});",
    "import { readFile } from 'node:fs/promises';\nexport default async function handler(req, res) {\n  const { id } = req.query;\n  if (!id || id.length > 10) return res.status(400).json({ error: 'bad id' });\n  res.json(await get(id));\n}",
    "const re = /^[a-z]+(\\d{2,})?$/i;\nif (re.test(value) && value !== 'x') { throw new Error(`no: ${value}`); }",
    'fetch("/api/items?limit=10", { method: "POST", body: JSON.stringify({ a: 1 }) }).then(r => r.json());',
  ],
  python: [
    'import os\nimport time\n\ndef main():\n    for name in os.listdir("."):\n        if name.endswith(".txt"):\n            print(name)\n    time.sleep(5)\n\nif __name__ == "__main__":\n    main()',
    'df = pd.read_csv("data.csv")\ndf = df[df["age"] > 30].groupby("city").agg({"income": "mean"})\nprint(df.head())',
    "with open('notes.txt') as f:\n    lines = [l.strip() for l in f if l and not l.startswith('#')]",
    'class User(models.Model):\n    name = models.CharField(max_length=100)\n\n    def __str__(self):\n        return f"{self.name} ({self.id})"',
  ],
  sql: [
    'SELECT id, name FROM users WHERE active = 1 ORDER BY name LIMIT 10;',
    'SELECT u.name, COUNT(o.id) AS orders\nFROM users u\nLEFT JOIN orders o ON o.user_id = u.id\nGROUP BY u.name\nHAVING COUNT(o.id) > 3;',
    "UPDATE products SET price = price * 1.1 WHERE category = 'chairs';",
    'CREATE TABLE notes (\n  id SERIAL PRIMARY KEY,\n  title VARCHAR(100) NOT NULL,\n  created_at TIMESTAMP DEFAULT now()\n);',
  ],
  shell: [
    'npm install && npm run build\nnode server.js --port 3000',
    'sudo apt-get update\nsudo apt-get install -y nginx\nsystemctl status nginx',
    'git clone https://github.com/example/repo.git\ncd repo\nmake test | tee out.log',
    'docker run -d --name web -p 8080:80 -v $(pwd)/html:/usr/share/nginx/html:ro nginx:1.27',
    'grep -rn \'TODO\' src/ | sort | uniq -c\nexport PATH="$HOME/bin:$PATH"',
    'curl -s https://api.example.org/v1/items?limit=5 | jq .',
  ],
  html: [
    '<div class="card">\n  <h2>Title</h2>\n  <p>Some <em>text</em> with a <a href="https://example.org/">link</a>.</p>\n</div>',
    '<form action="/search" method="get">\n  <input type="text" name="q" placeholder="Search">\n  <button type="submit">Go</button>\n</form>',
    '<!DOCTYPE html>\n<html lang="en">\n<head><title>Demo</title><link rel="stylesheet" href="style.css"></head>\n<body><script src="app.js"></script></body>\n</html>',
  ],
  css: [
    '.card:hover > a[href^="http"]::after {\n  content: "\\2197";\n  width: calc(100% - 2 * var(--gap));\n  background: url("img/bg.png") no-repeat;\n}',
    '@media (max-width: 600px) { .nav { display: none !important; } }',
  ],
  go: [
    'func main() {\n\thttp.HandleFunc("/", func(w http.ResponseWriter, r *http.Request) {\n\t\tfmt.Fprintf(w, "Hello, %s!", r.URL.Path[1:])\n\t})\n\tlog.Fatal(http.ListenAndServe(":8080", nil))\n}',
    'if err := run(ctx, args...); err != nil && !errors.Is(err, io.EOF) {\n\treturn fmt.Errorf("run: %w", err)\n}',
  ],
  php: [
    "<?php\n\nnamespace App\\Http\\Controllers;\n\nclass PostController extends Controller\n{\n    public function index()\n    {\n        return view('posts.index', ['posts' => Post::latest()->paginate(10)]);\n    }\n}",
    '$total = array_sum(array_map(fn ($item) => $item->price * $item->qty, $items));',
  ],
  java: [
    'public class Main {\n    public static void main(String[] args) {\n        List<String> names = List.of("a", "b");\n        names.stream().filter(n -> n.length() > 0).forEach(System.out::println);\n    }\n}',
    '@RestController\nclass UserController {\n  @GetMapping("/users/{id}")\n  User get(@PathVariable long id) { return repo.findById(id).orElseThrow(); }\n}',
  ],
  yaml: [
    'services:\n  web:\n    image: nginx:latest\n    ports: ["80:80"]\n    environment:\n      - KEY=${KEY:-default}',
    'on: push\njobs:\n  test:\n    runs-on: ubuntu-latest\n    steps:\n      - uses: actions/checkout@v4\n      - run: npm ci && npm test',
  ],
  json: [
    '{\n  "name": "demo",\n  "scripts": { "test": "node --test", "lint": "eslint . --fix" },\n  "dependencies": { "express": "^4.19.2" }\n}',
  ],
};

/** Languages by how often they are written about: those that read like attacks are a third. */
const languages = [
  'js',
  'js',
  'js',
  'python',
  'python',
  'css',
  'go',
  'java',
  'yaml',
  'json',
  'json',
  'sql',
  'shell',
  'shell',
  'html',
  'php',
] as const;

export function markdown(random: Random): string {
  const parts = [`# ${random.pick(searchTerms)}`, paragraph(random)];
  if (random.chance(0.5))
    parts.push(
      Array.from({ length: random.integer(2, 5) }, () => `- [${random.pick(['x', ' '])}] ${sentence(random)}`).join(
        '\n',
      ),
    );
  if (random.chance(0.4))
    parts.push(
      `> ${sentence(random)}\n\n**Note:** see [the docs](https://example.org/docs?v=2#install) or \`config.yml\`; ![logo](/img/logo.png "Logo")`,
    );
  if (random.chance(0.3)) parts.push('| a | b |\n|---|:-:|\n| 1 | x \\| y |\n| `--flag` | <br> |');
  if (random.chance(0.45)) {
    const language = random.pick(languages);
    parts.push(`\`\`\`${language}\n${random.pick(snippets[language] ?? ['x'])}\n\`\`\``);
  }
  parts.push(paragraph(random));
  return parts.join('\n\n');
}

export function richText(random: Random): string {
  const block = (): string =>
    random.pick([
      `<p>${sentence(random)}</p>`,
      `<p style="text-align: center;"><strong>${random.pick(searchTerms)}</strong>&nbsp;&ndash; ${sentence(random)}</p>`,
      `<h2 id="h-${slug(random)}">${random.pick(searchTerms)}</h2>`,
      `<ul>\r\n<li>${sentence(random)}</li>\r\n<li><a href="https://www.example.org/?a=1&amp;b=2" target="_blank" rel="noopener">link</a></li>\r\n</ul>`,
      `<img class="aligncenter size-large wp-image-12" src="https://www.example.org/wp-content/uploads/2024/05/a.jpg" alt="It's a &quot;photo&quot;" width="1024" height="683" />`,
      `<blockquote><p>${sentence(random)}</p></blockquote>`,
      `<table border="1"><tbody><tr><td colspan="2">${random.integer(1, 99)} &lt; ${random.integer(100, 999)}</td></tr></tbody></table>`,
      `<figure class="table"><table><tbody><tr><td>${sentence(random)}</td></tr></tbody></table></figure>`,
      `<p><span style="color: rgb(255, 0, 0); font-size: 14px;">${sentence(random)}</span><br></p>`,
      '<hr>',
      `<p>&nbsp;</p>`,
      `<pre><code class="language-js">if (a &lt; b &amp;&amp; c) { return; }</code></pre>`,
    ]);
  return Array.from({ length: random.integer(2, 8) }, block).join(random.pick(['', '\n', '\r\n']));
}

function gutenberg(random: Random): string {
  const block = (): string =>
    random.pick([
      `<!-- wp:paragraph -->\n<p>${sentence(random)}</p>\n<!-- /wp:paragraph -->`,
      `<!-- wp:heading {"level":3} -->\n<h3 class="wp-block-heading">${random.pick(searchTerms)}</h3>\n<!-- /wp:heading -->`,
      `<!-- wp:image {"id":${random.integer(1, 999)},"sizeSlug":"large","linkDestination":"none"} -->\n<figure class="wp-block-image size-large"><img src="https://www.example.org/wp-content/uploads/a-1024x683.jpg" alt="" class="wp-image-12"/></figure>\n<!-- /wp:image -->`,
      `<!-- wp:list -->\n<ul><!-- wp:list-item -->\n<li>${sentence(random)}</li>\n<!-- /wp:list-item --></ul>\n<!-- /wp:list -->`,
      `<!-- wp:columns {"style":{"spacing":{"padding":{"top":"var:preset|spacing|50"}}}} -->\n<div class="wp-block-columns" style="padding-top:var(--wp--preset--spacing--50)"></div>\n<!-- /wp:columns -->`,
    ]);
  return Array.from({ length: random.integer(2, 6) }, block).join('\n\n');
}

const reports = [
  "Error: Cannot find module './utils'\n    at Module._resolveFilename (node:internal/modules/cjs/loader:1145:15)\n    at /app/src/index.js:12:7 {\n  code: 'MODULE_NOT_FOUND'\n}",
  'Traceback (most recent call last):\n  File "app.py", line 42, in <module>\n    main()\nKeyError: \'user_id\'',
  'java.lang.NullPointerException: Cannot invoke "String.length()" because "s" is null\n\tat com.example.App.main(App.java:12)\n\tat java.base/jdk.internal.reflect.DirectMethodHandleAccessor.invoke(DirectMethodHandleAccessor.java:103)',
  "diff --git a/src/a.ts b/src/a.ts\nindex 3f2a77b..1c9d4e0 100644\n--- a/src/a.ts\n+++ b/src/a.ts\n@@ -1,3 +1,3 @@\n-const a = 'x';\n+const a = \"y\"; // it's new\n export { a };",
  '$$\\int_0^\\infty e^{-x^2}\\,dx = \\frac{\\sqrt{\\pi}}{2}$$ and $a \\le b < c$, where $\\{x \\mid x > 0\\}$',
  "== Heading ==\n'''bold''' and ''italic'' and [[Link|text]] {{Infobox|name=A|year=1999}} <ref>See p. 5</ref>",
  '[b]Hi![/b] [url=https://example.org/?a=1&b=2]link[/url] [quote="anna, post:3"]It\'s fine[/quote] :D',
  'Steps to reproduce:\n1. Open /settings\n2. Select "Union" from the drop-down\n3. Click <Save>\nExpected: saved; actual: HTTP 500 (see log)\nOS: Windows 11 / Chrome 126; path C:\\Users\\anna\\AppData',
  'Mail headers:\nFrom: a@example.org\nTo: b@example.org\nSubject: Re: [list] order by & group by?\n\nSee below.\n-- \nAnna',
  'nginx: [emerg] bind() to 0.0.0.0:80 failed (98: Address already in use)\nconfig: /etc/nginx/nginx.conf',
] as const;

export function report(random: Random): string {
  return `${paragraph(random)}\n\n${random.pick(reports)}\n\n${sentence(random)}`;
}

const makers: readonly ((random: Random) => CleanRequest)[] = [
  (random) =>
    json('editor: markdown as JSON', random, 'POST /api/v1/repos/anna/demo/issues', {
      title: random.pick(searchTerms),
      body: markdown(random),
      labels: [1, 2],
      assignees: ['anna'],
    }),
  (random) =>
    form('editor: markdown in a form', random, '/anna/demo/issues/new', [
      ['_csrf', random.base64url(40)],
      ['title', random.pick(searchTerms)],
      ['content', markdown(random)],
      ['label_ids', '1,2'],
    ]),
  (random) =>
    form('editor: rich text', random, '/admin/pages/12/edit', [
      ['title', random.pick(searchTerms)],
      ['body', richText(random)],
      ['slug', slug(random)],
      ['status', 'published'],
      ['meta_description', sentence(random)],
    ]),
  (random) =>
    json('editor: blocks of WordPress', random, `POST /wp-json/wp/v2/posts/${random.integer(1, 999)}?_locale=user`, {
      id: random.integer(1, 999),
      title: random.pick(searchTerms),
      content: gutenberg(random),
      status: 'draft',
      meta: { footnotes: '' },
    }),
  (random) =>
    json('editor: report', random, 'PUT /rest/api/2/issue/ABC-12', {
      fields: { summary: random.pick(searchTerms), description: report(random) },
    }),
  (random) =>
    form('editor: report in a form', random, '/posting.php?mode=reply&t=12', [
      ['subject', `Re: ${random.pick(searchTerms)}`],
      ['message', report(random)],
      ['post', 'Submit'],
      ['form_token', random.hex(40)],
    ]),
  (random) =>
    multipart('editor: rich text as multipart', random, '/node/add/article', [
      { name: 'title[0][value]', value: utf8(random.pick(searchTerms)) },
      { name: 'body[0][value]', value: utf8(richText(random)) },
      { name: 'form_build_id', value: `form-${random.base64url(43)}` },
      { name: 'op', value: 'Save' },
    ]),
  (random) =>
    json('editor: document', random, 'PATCH /api/documents/42', {
      ops: [
        { insert: paragraphs(random) },
        { attributes: { bold: true, link: 'https://example.org/?q=a&b' }, insert: sentence(random) },
        { insert: '\n' },
      ],
      version: random.integer(1, 500),
    }),
];

export function edited(random: Random): CleanRequest {
  return random.pick(makers)(random);
}
