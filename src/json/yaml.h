/*
 * yaml.h - a YAML file as the same tree that JSON texts become.
 *
 * Configuration has one schema, the field tables; this only changes the
 * notation. Aliases and anchors, tags and several documents are refused; plain
 * scalars become null, bool, int or text as in YAML's core schema, quoted ones
 * text. At most 1 MiB and JSON_DEPTH levels; an empty file is an empty object. Any thread.
 */
#ifndef JSON_YAML_H
#define JSON_YAML_H

#include "base/err.h"
#include "json/json.h"

/* NULL on failure; the sentence names file, line and column. */
struct json *yaml_parse(const char *name, const char *text, size_t len, struct fail *f);

/* Where a key of the tree was written, for errors of the tables: the line (from 1) of
 * the key that the dotted path names ("sip.realm", "directory.users[2].sip"), or 0. */
int yaml_line(const char *text, size_t len, const char *path);

#endif
