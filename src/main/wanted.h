/*
 * wanted.h - what media and client are opened with, out of the configuration: read and judged.
 *
 * Nothing is opened here, so that `config check` finds what a start would find. One thread.
 */
#ifndef MAIN_WANTED_H
#define MAIN_WANTED_H

#include "client/client.h"
#include "main/config.h"
#include "media/media.h"

/* Guard, proxy and CAs of everything that dials out. What it points to is in the arena and in c. */
NODISCARD enum err wanted_client(const struct config *c, struct arena *a,
                                 struct client_settings *out, struct fail *f);

/* Where sound comes and goes. *advertised: the address that phones are told, in SDP and in SIP,
 * NULL when it is the one we listen on; a part of c's text. */
NODISCARD enum err wanted_media(const struct config *c, struct media_settings *out,
                                const char **advertised, struct fail *f);

#endif
