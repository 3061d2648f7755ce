/*
 * device_quality.h - what a conference device reports of its media is kept with its call, and in
 * the log for good.
 *
 * Graph: teleconferenceDeviceQuality. The control thread.
 */
#ifndef CORE_DEVICE_QUALITY_H
#define CORE_DEVICE_QUALITY_H

#include "core/live.h"
#include "model/graph_device_quality.h"

/* The last report is shown with the call of that chain id, if it lives and is of that application
 * and tenant, and with what is kept of it afterwards; each is a line of the log for every media
 * that it tells of. */
void device_quality_take(struct control *ctl, const char *application, const char *tenant,
                         const struct graph_device_quality *q);

#endif
