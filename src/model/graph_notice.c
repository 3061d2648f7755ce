/*
 * graph_notice.c - the tables of what a callback URI is told.
 */
#include "model/graph_types.h"

/* clang-format off */

/* resource is the seed era's path, resourceUrl today's: both are written. */
static const struct field comms_notification_fields[] = {
    ENUM(struct graph_comms_notification, change_type, "changeType", ALWAYS, graph_change_type_names),
    TEXT(struct graph_comms_notification, resource, "resource", SEED_ONLY),
    TEXT(struct graph_comms_notification, resource_url, "resourceUrl", ALWAYS),
    TEXT(struct graph_comms_notification, callback_uri, "callbackUri", OURS),
    RAW(struct graph_comms_notification, resource_data, "resourceData", OURS),
    END,
};

const struct type graph_comms_notification_type = {
    "commsNotification", sizeof(struct graph_comms_notification), 0,
    NULL, comms_notification_fields, NULL,
};

static const struct field comms_notifications_fields[] = {
    OBJECTS(struct graph_comms_notifications, value, "value", EMPTY_LIST, &graph_comms_notification_type, 0),
    END,
};

const struct type graph_comms_notifications_type = {
    "commsNotifications", sizeof(struct graph_comms_notifications), 0,
    NULL, comms_notifications_fields, NULL,
};

static const struct field delta_participants_fields[] = {
    INT(struct graph_delta_participants, sequence_number, "sequenceNumber", BETA_ONLY | INT64),
    OBJECTS(struct graph_delta_participants, participants, "participants", BETA_ONLY, &graph_participant_type, 0),
    END,
};

const struct type graph_delta_participants_type = {
    "deltaParticipants", sizeof(struct graph_delta_participants), TYPE_ENTITY | TYPE_BETA_ONLY,
    NULL, delta_participants_fields, NULL,
};

/* clang-format on */
