/*
 * graph_identity.c - the tables of identities and of who takes part.
 */
#include "model/graph_types.h"

/* clang-format off */

/* Identities. tenantId and identityProvider are on the wire, but not in the schema. */

static const struct field identity_fields[] = {
    TEXT(struct graph_identity, display_name, "displayName", 0),
    TEXT(struct graph_identity, id, "id", 0),
    TEXT(struct graph_identity, tenant_id, "tenantId", OURS),
    TEXT(struct graph_identity, identity_provider, "identityProvider", OURS),
    END,
};

static const struct field application_identity_fields[] = {
    TEXT(struct graph_application_identity, application_type, "applicationType", 0),
    BOOL(struct graph_application_identity, hidden, "hidden", 0),
    END,
};

static const struct field application_instance_identity_fields[] = {
    BOOL(struct graph_application_instance_identity, hidden, "hidden", 0),
    END,
};

static const struct field guest_identity_fields[] = {
    TEXT(struct graph_guest_identity, email, "email", 0),
    END,
};

static const struct field acs_user_identity_fields[] = {
    TEXT(struct graph_acs_user_identity, resource_id, "azureCommunicationServicesResourceId", 0),
    END,
};

static const struct field teamwork_user_identity_fields[] = {
    ENUM(struct graph_teamwork_user_identity, user_identity_type, "userIdentityType", 0, graph_user_identity_type_names),
    TEXT(struct graph_teamwork_user_identity, user_principal_name, "userPrincipalName", BETA_ONLY),
    END,
};

static const struct field no_fields[] = {END};

static const struct type *const identities[] = {
    &graph_user_identity_type,
    &graph_application_identity_type,
    &graph_application_instance_identity_type,
    &graph_guest_identity_type,
    &graph_phone_identity_type,
    &graph_encrypted_identity_type,
    &graph_acs_user_identity_type,
    &graph_teamwork_user_identity_type,
    NULL,
};

const struct type graph_identity_type = {
    "identity", sizeof(struct graph_identity), TYPE_OPEN,
    NULL, identity_fields, identities,
};
const struct type graph_application_identity_type = {
    "communicationsApplicationIdentity", sizeof(struct graph_application_identity), TYPE_OPEN,
    &graph_identity_type, application_identity_fields, NULL,
};
const struct type graph_application_instance_identity_type = {
    "communicationsApplicationInstanceIdentity", sizeof(struct graph_application_instance_identity), TYPE_OPEN,
    &graph_identity_type, application_instance_identity_fields, NULL,
};
const struct type graph_guest_identity_type = {
    "communicationsGuestIdentity", sizeof(struct graph_guest_identity), TYPE_OPEN,
    &graph_identity_type, guest_identity_fields, NULL,
};
const struct type graph_phone_identity_type = {
    "communicationsPhoneIdentity", sizeof(struct graph_identity), TYPE_OPEN,
    &graph_identity_type, no_fields, NULL,
};
const struct type graph_user_identity_type = {
    "communicationsUserIdentity", sizeof(struct graph_identity), TYPE_OPEN,
    &graph_identity_type, no_fields, NULL,
};
const struct type graph_encrypted_identity_type = {
    "communicationsEncryptedIdentity", sizeof(struct graph_identity), TYPE_OPEN,
    &graph_identity_type, no_fields, NULL,
};
const struct type graph_acs_user_identity_type = {
    "azureCommunicationServicesUserIdentity", sizeof(struct graph_acs_user_identity), TYPE_OPEN,
    &graph_identity_type, acs_user_identity_fields, NULL,
};
const struct type graph_teamwork_user_identity_type = {
    "teamworkUserIdentity", sizeof(struct graph_teamwork_user_identity), TYPE_OPEN,
    &graph_identity_type, teamwork_user_identity_fields, NULL,
};

/* Sets. Clients put the keys of communicationsIdentitySet into a plain identitySet too. */

static const struct field identity_set_fields[] = {
    OBJECT(struct graph_identity_set, user, "user", 0, &graph_identity_type),
    OBJECT(struct graph_identity_set, application, "application", 0, &graph_identity_type),
    OBJECT(struct graph_identity_set, device, "device", 0, &graph_identity_type),
    OBJECT(struct graph_identity_set, phone, "phone", OURS, &graph_identity_type),
    OBJECT(struct graph_identity_set, guest, "guest", OURS, &graph_identity_type),
    OBJECT(struct graph_identity_set, encrypted, "encrypted", OURS, &graph_identity_type),
    OBJECT(struct graph_identity_set, on_premises, "onPremises", OURS, &graph_identity_type),
    OBJECT(struct graph_identity_set, application_instance, "applicationInstance", OURS, &graph_identity_type),
    OBJECT(struct graph_identity_set, acs_user, "azureCommunicationServicesUser", OURS, &graph_identity_type),
    OBJECT(struct graph_identity_set, asserted_identity, "assertedIdentity", OURS, &graph_identity_type),
    END,
};

static const struct field communications_identity_set_fields[] = {
    ENUM(struct graph_identity_set, endpoint_type, "endpointType", 0, graph_endpoint_type_names),
    END,
};

static const struct type *const identity_sets[] = {&graph_communications_identity_set_type, NULL};

const struct type graph_identity_set_type = {
    "identitySet", sizeof(struct graph_identity_set), TYPE_OPEN,
    NULL, identity_set_fields, identity_sets,
};
const struct type graph_communications_identity_set_type = {
    "communicationsIdentitySet", sizeof(struct graph_identity_set), TYPE_OPEN,
    &graph_identity_set_type, communications_identity_set_fields, NULL,
};

/* Who takes part. region and languageId are null in the seed's responses, not absent. */

static const struct field participant_info_fields[] = {
    OBJECT(struct graph_participant_info, identity, "identity", REQUIRED, &graph_identity_set_type),
    TEXT(struct graph_participant_info, id, "id", OURS),
    TEXT(struct graph_participant_info, participant_id, "participantId", 0),
    TEXT(struct graph_participant_info, country_code, "countryCode", 0),
    ENUM(struct graph_participant_info, endpoint_type, "endpointType", 0, graph_endpoint_type_names),
    TEXT(struct graph_participant_info, region, "region", NULL_SHOWN),
    TEXT(struct graph_participant_info, language_id, "languageId", NULL_SHOWN),
    TEXT(struct graph_participant_info, platform_id, "platformId", BETA_ONLY),
    OBJECT(struct graph_participant_info, non_anonymized_identity, "nonAnonymizedIdentity", BETA_ONLY, &graph_identity_set_type),
    END,
};

static const struct field invitation_participant_info_fields[] = {
    TEXT(struct graph_invitation_participant_info, replaces_call_id, "replacesCallId", NULL_SHOWN),
    BOOL(struct graph_invitation_participant_info, hidden, "hidden", 0),
    BOOL(struct graph_invitation_participant_info, remove_from_default_audio_routing_group, "removeFromDefaultAudioRoutingGroup", 0),
    END,
};

/* The seed era calls a target a participantInfo. It is read into the larger struct, so that
 * whoever reads targets need not ask, and keeps its name when it is written. */
static const struct type target_called_participant_info = {
    "participantInfo", sizeof(struct graph_invitation_participant_info), TYPE_OPEN,
    NULL, participant_info_fields, NULL,
};

static const struct type *const targets[] = {&target_called_participant_info, NULL};

const struct type graph_participant_info_type = {
    "participantInfo", sizeof(struct graph_participant_info), TYPE_OPEN,
    NULL, participant_info_fields, NULL,
};
const struct type graph_invitation_participant_info_type = {
    "invitationParticipantInfo", sizeof(struct graph_invitation_participant_info), TYPE_OPEN,
    &graph_participant_info_type, invitation_participant_info_fields, targets,
};

/* clang-format on */
