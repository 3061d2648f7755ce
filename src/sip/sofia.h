/*
 * sofia.h - sofia-sip, as this room uses it: its transaction layer (nta) and no more.
 *
 * Contexts of its callbacks are plain pointers. Only .c files of src/sip and its
 * private headers include this; nothing of it is seen outside. The sip thread only.
 */
#ifndef SIP_SOFIA_H
#define SIP_SOFIA_H

#define NTA_AGENT_MAGIC_T void
#define NTA_LEG_MAGIC_T void
#define NTA_INCOMING_MAGIC_T void
#define NTA_OUTGOING_MAGIC_T void
#define SU_ROOT_MAGIC_T void
#define SU_WAKEUP_ARG_T void
#define SU_TIMER_ARG_T void

#include <sofia-sip/msg_addr.h>
#include <sofia-sip/msg_header.h>
#include <sofia-sip/nta.h>
#include <sofia-sip/nta_stateless.h>
#include <sofia-sip/nta_tport.h>
#include <sofia-sip/sip.h>
#include <sofia-sip/sip_extra.h>
#include <sofia-sip/sip_header.h>
#include <sofia-sip/sip_status.h>
#include <sofia-sip/sip_tag.h>
#include <sofia-sip/sip_util.h>
#include <sofia-sip/su.h>
#include <sofia-sip/su_log.h>
#include <sofia-sip/su_tag.h>
#include <sofia-sip/su_wait.h>
#include <sofia-sip/tport.h>
#include <sofia-sip/tport_tag.h>
#include <sofia-sip/url.h>
#include <sofia-sip/url_tag.h>

/* "No URL at all", which NULL is not: the agent opens no port by itself. */
#define SOFIA_NOTHING ((url_string_t *)-1)

#endif
