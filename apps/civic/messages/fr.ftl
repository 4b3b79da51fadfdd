# À la fin de chaque message sur une demande.
footer = { $linked ->
        [yes] Où elle en est : { $link }

        Ne plus recevoir de messages sur cette demande : { $leave }
       *[no] Son numéro est { $number }.
    }

# À la personne qui a signalé quelque chose : c'est arrivé.
acknowledged = Merci. Votre signalement ({ $category }) nous est parvenu. Son numéro de suivi est { $number }.

    { footer }
    .subject = { $brand } : votre signalement { $number }
    .sms = { $brand } : votre signalement ({ $category }) nous est parvenu. Numéro de suivi { $number }. { $link }
    .title = Votre signalement nous est parvenu

# Son état a changé.
changed = La demande { $number } ({ $category }) est maintenant { $status ->
        [open] ouverte
        [in_progress] en cours
        [under_review] à l'étude
        [pending_external] en attente d'un tiers
       *[other] modifiée
    }.

    { $text }

    { footer }
    .subject = { $brand } : la demande { $number } a changé
    .sms = { $brand } : la demande { $number } est maintenant { $status ->
        [open] ouverte
        [in_progress] en cours
        [under_review] à l'étude
        [pending_external] en attente d'un tiers
       *[other] modifiée
    }. { $text }
    .title = Votre demande a changé

# La ville a répondu publiquement.
answered = La ville a répondu au sujet de la demande { $number } ({ $category }) :

    { $text }

    { footer }
    .subject = { $brand } : réponse à la demande { $number }
    .sms = { $brand } : au sujet de la demande { $number } : { $text }
    .title = La ville a répondu

# C'est fait, ou ce ne sera pas fait.
closed = La demande { $number } ({ $category }) est { $status ->
        [resolved] résolue
       *[other] close
    }.

    { $text }

    Si ce n'est pas fait, vous pouvez la rouvrir pendant un certain temps.

    { footer }
    .subject = { $brand } : la demande { $number } est { $status ->
        [resolved] résolue
       *[other] close
    }
    .sms = { $brand } : la demande { $number } est { $status ->
        [resolved] résolue
       *[other] close
    }. { $text }
    .title = Votre demande est close

# Quelqu'un a vu que ce n'était pas fait.
reopened = La demande { $number } ({ $category }) a été rouverte.

    { $text }

    { footer }
    .subject = { $brand } : la demande { $number } est de nouveau ouverte
    .sms = { $brand } : la demande { $number } est de nouveau ouverte. { $text }
    .title = Votre demande est de nouveau ouverte

# C'est un doublon d'une autre.
merged = La demande { $number } ({ $category }) porte sur la même chose que la demande { $other }. La suite y est donnée.

    { $text }

    { footer }
    .subject = { $brand } : la demande { $number } se poursuit sous { $other }
    .sms = { $brand } : la demande { $number } se poursuit sous { $other }. { $text }
    .title = Votre demande a été réunie à une autre

# Ce n'était finalement pas un doublon.
unmerged = La demande { $number } ({ $category }) est de nouveau suivie séparément.

    { $text }

    { footer }
    .subject = { $brand } : la demande { $number } est de nouveau suivie séparément
    .sms = { $brand } : la demande { $number } est de nouveau suivie séparément. { $text }
    .title = Votre demande est de nouveau suivie séparément

# À une adresse pour laquelle on a demandé des messages : son titulaire les veut-il ?
confirm = Quelqu'un a demandé que vous soyez informé de la suite de la demande { $number } ({ $category }).

    { $linked ->
        [yes] Si c'était vous, confirmez ici : { $confirm }
       *[no] Il n'est pas possible de répondre maintenant, car ce serveur n'a pas d'adresse publique.
    }

    Sinon, ne faites rien : rien d'autre ne sera envoyé, et cette adresse est oubliée après trois jours.
    .subject = { $brand } : voulez-vous des messages sur la demande { $number } ?
    .sms = { $brand } : des messages sur la demande { $number } ? Si vous les avez demandés, confirmez : { $confirm }
    .title = Voulez-vous ces messages ?

# Au personnel : une échéance approche ou est dépassée.
deadline = La demande { $number } ({ $category }) { $when ->
        [before] doit être réglée avant le { $due }
       *[after] devait être réglée avant le { $due }
    }.

    { $linked ->
        [yes] Ouvrez-la : { $link }
       *[no] { $number }
    }
    .subject = { $brand } : l’échéance de la demande { $number }
    .sms = { $brand } : échéance de la demande { $number } : { $due }
    .title = Une échéance
