/*
 * hello.h - the ready line for programs, and the first steps for a person.
 */
#ifndef MAIN_HELLO_H
#define MAIN_HELLO_H

#include "base/addr.h"
#include "main/config.h"

struct hello {
    const struct config *config;
    const struct addr *http;
    const struct addr *https;
    const struct addr *admin; /* of our own verbs; NULL: they are on http */
    const char *sip;
    const char *sips; /* or NULL */
    const char *public_url;
};

/* Prints the ready line on standard output and writes it to ready.json in the data folder; in
 * dev, prints the inbox's address and a first request on standard error. */
void hello_ready(const struct hello *h);

#endif
