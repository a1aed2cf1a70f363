"""The templates that come with the product: sober words for the hours in which nobody finds any.

Rows are made of them once, by a migration; from then on they belong to those who use them. Fields are those
of the model as that migration knows it: a later field never comes here.
"""

from typing import Any

TEMPLATES: list[dict[str, Any]] = [
    {
        "name_en": "We are looking into it",
        "name_fr": "Nous cherchons",
        "status": "investigating",
        "impact": "major",
        "promise": 30,
        "title_en": "Problems with {service}",
        "title_fr": "Problèmes : {service}",
        "body_en": "We are aware of problems with {service} and are looking into the cause.",
        "body_fr": "Nous avons connaissance de problèmes ({service}) et en cherchons la cause.",
    },
    {
        "name_en": "Service unavailable",
        "name_fr": "Service indisponible",
        "status": "investigating",
        "impact": "critical",
        "promise": 15,
        "title_en": "Our service is unavailable",
        "title_fr": "Notre service est indisponible",
        "body_en": "Our service does not answer at present. Our whole team is working on it.",
        "body_fr": "Notre service ne répond pas actuellement. Toute notre équipe y travaille.",
    },
    {
        "name_en": "Slow answers",
        "name_fr": "Lenteurs",
        "status": "investigating",
        "impact": "minor",
        "promise": 30,
        "title_en": "Slow answers",
        "title_fr": "Réponses lentes",
        "body_en": "Pages and requests take longer than usual. Nothing is lost. We are looking into the "
        "cause.",
        "body_fr": "Les pages et les requêtes sont plus lentes que d’habitude. Rien n’est perdu. "
        "Nous en cherchons la cause.",
    },
    {
        "name_en": "Signing in fails",
        "name_fr": "Connexion impossible",
        "status": "investigating",
        "impact": "major",
        "promise": 30,
        "title_en": "Signing in does not work for some customers",
        "title_fr": "Connexion impossible pour certains clients",
        "body_en": "Some customers cannot sign in. Whoever is signed in already can go on working.",
        "body_fr": "Certains clients ne peuvent pas se connecter. Qui est déjà connecté peut continuer "
        "à travailler.",
        "workaround_en": "If you are signed in, please stay so.",
        "workaround_fr": "Si vous êtes connecté, restez-le.",
    },
    {
        "name_en": "A provider has an outage",
        "name_fr": "Panne chez un fournisseur",
        "status": "identified",
        "impact": "major",
        "promise": 60,
        "title_en": "Outage at {provider}",
        "title_fr": "Panne chez {provider}",
        "body_en": "{provider}, whom we depend on, has an outage. We are in contact with them and will "
        "tell you "
        "what we learn.",
        "body_fr": "{provider}, dont nous dépendons, subit une panne. Nous sommes en contact et vous dirons "
        "ce que nous apprendrons.",
    },
    {
        "name_en": "Security incident",
        "name_fr": "Incident de sécurité",
        "status": "investigating",
        "impact": "critical",
        "promise": 60,
        "title_en": "Security incident",
        "title_fr": "Incident de sécurité",
        "body_en": "We are examining a security incident. As soon as we know whether and how you are "
        "concerned, "
        "we will say so here and write to everybody who is.",
        "body_fr": "Nous examinons un incident de sécurité. Dès que nous saurons si vous êtes concerné, "
        "et comment, "
        "nous le dirons ici et écrirons à toutes les personnes concernées.",
    },
    {
        "name_en": "Cause found",
        "name_fr": "Cause trouvée",
        "status": "identified",
        "promise": 30,
        "body_en": "We have found the cause: {cause}. We are working on a fix.",
        "body_fr": "Nous avons trouvé la cause : {cause_in_french}. Nous travaillons à un correctif.",
    },
    {
        "name_en": "Still at it",
        "name_fr": "Toujours en cours",
        "status": "investigating",
        "promise": 30,
        "body_en": "We are still working on it. Nothing has changed since our last update.",
        "body_fr": "Nous y travaillons toujours. Rien n’a changé depuis notre dernière mise à jour.",
    },
    {
        "name_en": "Fix going live step by step",
        "name_fr": "Correctif en cours de déploiement",
        "status": "identified",
        "promise": 30,
        "body_en": "A fix is going live step by step, {region} first.",
        "body_fr": "Un correctif est en cours de déploiement, en commençant par : {region}.",
    },
    {
        "name_en": "Fixed, we are watching",
        "name_fr": "Corrigé, sous surveillance",
        "status": "monitoring",
        "promise": 60,
        "body_en": "The fix is in place and everything works again. We go on watching closely.",
        "body_fr": "Le correctif est en place et tout fonctionne de nouveau. Nous restons attentifs.",
    },
    {
        "name_en": "Resolved",
        "name_fr": "Résolu",
        "status": "resolved",
        "promise": 0,
        "body_en": "Everything works again. We apologise for the trouble.",
        "body_fr": "Tout fonctionne de nouveau. Nous vous prions de nous excuser pour la gêne occasionnée.",
    },
    {
        "kind": "maintenance",
        "name_en": "Planned work",
        "name_fr": "Travaux prévus",
        "status": "scheduled",
        "promise": 0,
        "title_en": "Maintenance: {what}",
        "title_fr": "Maintenance : {what_in_french}",
        "body_en": "We are going to work on {what}. Short interruptions are possible meanwhile.",
        "body_fr": "Nous allons intervenir : {what_in_french}. De courtes interruptions sont possibles.",
    },
    {
        "kind": "maintenance",
        "name_en": "Urgent work",
        "name_fr": "Travaux urgents",
        "status": "scheduled",
        "promise": 0,
        "title_en": "Urgent maintenance",
        "title_fr": "Maintenance urgente",
        "body_en": "To prevent an outage we have to act at short notice. We are sorry that we cannot "
        "announce it "
        "earlier.",
        "body_fr": "Pour éviter une panne, nous devons intervenir à bref délai. Nous regrettons de ne "
        "pas pouvoir "
        "l’annoncer plus tôt.",
    },
    {
        "kind": "maintenance",
        "name_en": "Work takes longer",
        "name_fr": "Travaux prolongés",
        "status": "in_progress",
        "promise": 0,
        "body_en": "The work takes longer than planned. We will tell you as soon as it is finished.",
        "body_fr": "Les travaux durent plus longtemps que prévu. Nous vous préviendrons dès qu’ils "
        "seront terminés.",
    },
]
