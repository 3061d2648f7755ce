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

/* The last report is shown with the call of that chain id, if it is the application's and lives;
 * each is a line of the log for every media that it tells of. */
void device_quality_take(struct control *ctl, const char *application,
                         const struct graph_device_quality *q);

#endif
