#include "main/hello.h"

#include <stdio.h>
#include <unistd.h>

#include "base/mem.h"
#include "base/str.h"
#include "main/serve.h"

/* The first request of the documentation that Carillon speaks, as printed there: the comma
 * at the end of mediaConfig is in the original. */
static const char first_request[] =
    "{\n"
    "  \"@odata.type\": \"#microsoft.graph.call\",\n"
    "  \"callbackUri\": \"https://bot.contoso.com/callback\",\n"
    "  \"targets\": [\n"
    "    {\n"
    "      \"@odata.type\": \"#microsoft.graph.participantInfo\",\n"
    "      \"identity\": {\n"
    "        \"@odata.type\": \"#microsoft.graph.identitySet\",\n"
    "        \"user\": {\n"
    "          \"@odata.type\": \"#microsoft.graph.identity\",\n"
    "          \"displayName\": \"John\",\n"
    "          \"id\": \"112f7296-5fa4-42ca-bae8-6a692b15d4b8\"\n"
    "        }\n"
    "      }\n"
    "    }\n"
    "  ],\n"
    "  \"requestedModalities\": [\n"
    "    \"audio\"\n"
    "  ],\n"
    "  \"mediaConfig\": {\n"
    "    \"@odata.type\": \"#microsoft.graph.serviceHostedMediaConfig\",\n"
    "  }\n"
    "}";

static void print_ready(const struct hello *h, FILE *out)
{
    char http[ADDR_TEXT_SIZE];
    char https[ADDR_TEXT_SIZE];
    char admin[ADDR_TEXT_SIZE];
    struct buf text = {0};
    struct writer w;

    writer_init(&w, &text);
    writer_object(&w, NULL);
    writer_text(&w, "event", "ready");
    writer_text(&w, "http", addr_text(h->http, http));
    writer_text(&w, "https", addr_text(h->https, https));
    if (h->admin != NULL)
        writer_text(&w, "admin", addr_text(h->admin, admin));
    writer_text(&w, "sip", h->sip);
    writer_text(&w, "sips", h->sips);
    writer_text(&w, "publicUrl", h->public_url);
    writer_int(&w, "pid", (int64_t)getpid());
    writer_text(&w, "version", VERSION);
    writer_end(&w);
    (void)fprintf(out, "%s\n", text.data);
    (void)fflush(out);
    buf_clear(&text);
}

static void print_steps(const struct hello *h)
{
    char http[ADDR_TEXT_SIZE];
    char own[ADDR_TEXT_SIZE];
    char self[512];
    ssize_t n = readlink("/proc/self/exe", self, sizeof(self) - 1);

    if (h->config->lan_help != NULL)
        (void)fprintf(stderr, "\n%s", h->config->lan_help);
    (void)addr_text(h->http, http);
    (void)addr_text(h->admin != NULL ? h->admin : h->http, own);
    self[n > 0 ? n : 0] = '\0';
    (void)fprintf(
        stderr,
        "\nCarillon is ready. What the bot of the first request hears:\n\n"
        "  http://%s/_/inbox/first\n\n"
        "Call John (his virtual phone answers; a phone registered as john at %s\n"
        "%s rings instead). Paste:\n\n"
        "curl -s http://%s/beta/app/calls -H 'Content-Type: application/json' \\\n"
        "  -H \"Authorization: Bearer $('%s' token --app 'Calling Bot' --data '%s')\" -d '%s'\n\n",
        own, h->sip,
        h->config->lan_help != NULL ? "with his new password" : "with the password john-dev-secret",
        http, self, h->config->server.data, first_request);
}

void hello_ready(const struct hello *h)
{
    char *path = str_printf("%s/" SERVE_READY_FILE, h->config->server.data);
    FILE *file = fopen(path, "we");

    if (file != NULL) {
        print_ready(h, file);
        (void)fclose(file);
    }
    (void)mem_free(path);
    print_ready(h, stdout);
    if (config_is_dev(h->config))
        print_steps(h);
}
