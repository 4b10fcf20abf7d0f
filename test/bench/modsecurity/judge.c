/* Drives libmodsecurity3 without a server, so that it can be compared with: requests from a file go through all phases
 * one after the other, and for each a line of JSON says which rules were logged, the score, how it was answered and what
 * it cost. It opens no socket, and writes nothing but standard output.
 *
 *   judge [-r REPEATS] [-s VARIABLE] REQUESTS RULES…
 *
 * REPEATS: each request this many times after one that is not counted; the CPU time is the mean, and the least of them.
 * VARIABLE: what the score is read from at the end (tx.blocking_inbound_anomaly_score).
 * REQUESTS: per request the lines below, each text as its length, a line feed, its bytes, a line feed:
 *   request NAME | M n | T n | P n | H n m | B n | S status | h n m | b n | end
 *   (method, target, protocol, header, body; then of a response its status, headers and body). */

#define _POSIX_C_SOURCE 200809L

#include <ctype.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <time.h>
#include <unistd.h>

#include <modsecurity/intervention.h>
#include <modsecurity/modsecurity.h>
#include <modsecurity/rules_set.h>
#include <modsecurity/transaction.h>

enum { pieces_max = 4096, ids_max = 4096, score_id = 2147000001 };

struct text {
  unsigned char *bytes;
  size_t length;
};

struct header {
  struct text name, value;
};

struct request {
  char name[256];
  struct text method, target, protocol, body, reply;
  struct header headers[pieces_max], reply_headers[pieces_max];
  size_t header_count, reply_header_count;
  int status, has_body;
};

/* What the callback of the log has heard of the transaction that runs. */
struct heard {
  int ids[ids_max];
  int count;
  char score[64];
};

struct outcome {
  int status;
  int is_disruptive;
};

static void die(const char *what, const char *about) {
  fprintf(stderr, "judge: %s: %s\n", what, about);
  exit(2);
}

static long long cpu_ns(void) {
  struct timespec now;
  clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &now);
  return now.tv_sec * 1000000000LL + now.tv_nsec;
}

static struct text read_text(FILE *in, size_t length) {
  struct text text = {malloc(length + 1), length};
  if (text.bytes == NULL || fread(text.bytes, 1, length, in) != length) die("the file ends too early", "a text");
  text.bytes[length] = 0;
  return text;
}

static void end_line(FILE *in) {
  if (fgetc(in) != '\n') die("a line feed is missing", "after a text");
}

static void read_header(FILE *in, const char *line, struct header *headers, size_t *count) {
  size_t name, value;
  if (sscanf(line + 1, "%zu %zu", &name, &value) != 2 || *count >= pieces_max) die("no header", line);
  headers[*count].name = read_text(in, name);
  headers[*count].value = read_text(in, value);
  *count += 1;
  end_line(in);
}

static struct text read_one(FILE *in, const char *line) {
  struct text text = read_text(in, strtoul(line + 1, NULL, 10));
  end_line(in);
  return text;
}

static int read_request(FILE *in, struct request *request) {
  char line[512];
  memset(request, 0, sizeof *request);
  if (fgets(line, sizeof line, in) == NULL) return 0;
  if (sscanf(line, "request %255s", request->name) != 1) die("a request is expected", line);
  while (fgets(line, sizeof line, in) != NULL && strcmp(line, "end\n") != 0) {
    switch (line[0]) {
      case 'M': request->method = read_one(in, line); break;
      case 'T': request->target = read_one(in, line); break;
      case 'P': request->protocol = read_one(in, line); break;
      case 'H': read_header(in, line, request->headers, &request->header_count); break;
      case 'B': request->body = read_one(in, line); request->has_body = 1; break;
      case 'S': request->status = atoi(line + 1); break;
      case 'h': read_header(in, line, request->reply_headers, &request->reply_header_count); break;
      case 'b': request->reply = read_one(in, line); break;
      default: die("this is not known", line);
    }
  }
  return 1;
}

static void free_request(struct request *request) {
  free(request->method.bytes);
  free(request->target.bytes);
  free(request->protocol.bytes);
  free(request->body.bytes);
  free(request->reply.bytes);
  for (size_t i = 0; i < request->header_count; i += 1) {
    free(request->headers[i].name.bytes);
    free(request->headers[i].value.bytes);
  }
  for (size_t i = 0; i < request->reply_header_count; i += 1) {
    free(request->reply_headers[i].name.bytes);
    free(request->reply_headers[i].value.bytes);
  }
}

/* A line of the log: `… [id "942100"] [rev ""] [msg "…"] …`. The id stands before everything that a client can choose,
 * but for the match at the beginning, whose quotes are escaped there. */
static void on_log(void *data, const void *message) {
  struct heard *heard = data;
  const char *line = message;
  const char *found = line == NULL ? NULL : strstr(line, "[id \"");
  if (found == NULL) return;
  int id = atoi(found + 5);
  if (id == score_id) {
    const char *score = strstr(line, "[msg \"score ");
    if (score != NULL) sscanf(score + 12, "%63[-0-9]", heard->score);
    return;
  }
  for (int i = 0; i < heard->count; i += 1)
    if (heard->ids[i] == id) return;
  if (heard->count < ids_max) heard->ids[heard->count++] = id;
}

/* Whether the transaction is to be stopped here. */
static int is_stopped(Transaction *transaction, struct heard *heard, struct outcome *outcome) {
  ModSecurityIntervention it = {.status = 200, .pause = 0, .url = NULL, .log = NULL, .disruptive = 0};
  if (msc_intervention(transaction, &it) == 0) return 0;
  outcome->status = it.status;
  outcome->is_disruptive = it.disruptive;
  on_log(heard, it.log); /* the rule that stops is told here, and not to the callback */
  free(it.url);
  free(it.log);
  return it.disruptive;
}

static int run_request(Transaction *transaction, const struct request *request, struct heard *heard,
                       struct outcome *outcome) {
  msc_process_connection(transaction, "127.0.0.1", 50000, "127.0.0.1", 80);
  const char *protocol = (const char *)request->protocol.bytes;
  const char *version = protocol != NULL && strncmp(protocol, "HTTP/", 5) == 0 ? protocol + 5 : protocol;
  msc_process_uri(transaction, (const char *)request->target.bytes, (const char *)request->method.bytes,
                  version == NULL ? "1.1" : version);
  for (size_t i = 0; i < request->header_count; i += 1) {
    const struct header *it = &request->headers[i];
    msc_add_n_request_header(transaction, it->name.bytes, it->name.length, it->value.bytes, it->value.length);
  }
  msc_process_request_headers(transaction);
  if (is_stopped(transaction, heard, outcome)) return 1;
  if (request->has_body) msc_append_request_body(transaction, request->body.bytes, request->body.length);
  msc_process_request_body(transaction);
  return is_stopped(transaction, heard, outcome);
}

static void run_response(Transaction *transaction, const struct request *request, struct heard *heard,
                         struct outcome *outcome) {
  if (request->status == 0) return;
  for (size_t i = 0; i < request->reply_header_count; i += 1) {
    const struct header *it = &request->reply_headers[i];
    msc_add_n_response_header(transaction, it->name.bytes, it->name.length, it->value.bytes, it->value.length);
  }
  msc_process_response_headers(transaction, request->status, "HTTP/1.1");
  if (is_stopped(transaction, heard, outcome)) return;
  msc_append_response_body(transaction, request->reply.bytes == NULL ? (const unsigned char *)"" : request->reply.bytes,
                           request->reply.length);
  msc_process_response_body(transaction);
  is_stopped(transaction, heard, outcome);
}

static struct outcome run(ModSecurity *engine, RulesSet *rules, const struct request *request, struct heard *heard) {
  struct outcome outcome = {200, 0};
  heard->count = 0;
  heard->score[0] = 0;
  Transaction *transaction = msc_new_transaction(engine, rules, heard);
  if (!run_request(transaction, request, heard, &outcome)) run_response(transaction, request, heard, &outcome);
  msc_process_logging(transaction);
  msc_transaction_cleanup(transaction);
  return outcome;
}

static void print_name(const char *name) {
  putchar('"');
  for (; *name != 0; name += 1)
    if (isalnum((unsigned char)*name) || strchr("-_.:", *name) != NULL) putchar(*name);
  putchar('"');
}

static void judge(ModSecurity *engine, RulesSet *rules, const struct request *request, int repeats) {
  static struct heard heard;
  struct outcome outcome = run(engine, rules, request, &heard);
  long long total = 0, least = 0;
  for (int i = 0; i < repeats; i += 1) {
    const long long before = cpu_ns();
    run(engine, rules, request, &heard);
    const long long took = cpu_ns() - before;
    total += took;
    if (i == 0 || took < least) least = took;
  }
  printf("{\"name\":");
  print_name(request->name);
  printf(",\"ids\":[");
  for (int i = 0; i < heard.count; i += 1) printf("%s%d", i == 0 ? "" : ",", heard.ids[i]);
  printf("],\"score\":%s,\"status\":%d,\"isStopped\":%s", heard.score[0] == 0 ? "null" : heard.score, outcome.status,
         outcome.is_disruptive ? "true" : "false");
  if (repeats > 0) printf(",\"cpuNs\":%lld,\"leastNs\":%lld", total / repeats, least);
  printf("}\n");
}

static void print_loaded(ModSecurity *engine, long long before) {
  struct rusage usage;
  getrusage(RUSAGE_SELF, &usage);
  printf("{\"engine\":\"%s\",\"loadCpuNs\":%lld,\"residentKb\":%ld}\n", msc_who_am_i(engine), cpu_ns() - before,
         usage.ru_maxrss);
}

/* The score is what a last rule of the logging phase says. */
static void add_score_rule(RulesSet *rules, const char *variable) {
  char text[512];
  const char *error = NULL;
  snprintf(text, sizeof text, "SecAction \"id:%d,phase:5,pass,log,msg:'score %%{%s}'\"", score_id, variable);
  if (msc_rules_add(rules, text, &error) < 0) die("the rule of the score", error);
}

int main(int argc, char **argv) {
  static struct request request;
  int repeats = 0, option;
  const char *variable = "tx.blocking_inbound_anomaly_score";
  while ((option = getopt(argc, argv, "r:s:")) != -1) {
    if (option == 'r') repeats = atoi(optarg);
    else if (option == 's') variable = optarg;
    else return 2;
  }
  if (argc - optind < 2) die("usage", "judge [-r REPEATS] [-s VARIABLE] REQUESTS RULES...");
  const long long before = cpu_ns();
  ModSecurity *engine = msc_init();
  msc_set_log_cb(engine, on_log);
  RulesSet *rules = msc_create_rules_set();
  for (int i = optind + 1; i < argc; i += 1) {
    const char *error = NULL;
    if (msc_rules_add_file(rules, argv[i], &error) < 0) die(argv[i], error == NULL ? "cannot be loaded" : error);
  }
  add_score_rule(rules, variable);
  print_loaded(engine, before);
  FILE *in = fopen(argv[optind], "rb");
  if (in == NULL) die("cannot be opened", argv[optind]);
  while (read_request(in, &request)) {
    judge(engine, rules, &request, repeats);
    free_request(&request);
  }
  fclose(in);
  msc_rules_cleanup(rules);
  msc_cleanup(engine);
  return 0;
}
