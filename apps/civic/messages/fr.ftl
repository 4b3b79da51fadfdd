# À la personne qui a signalé quelque chose : c'est arrivé.
acknowledged = Merci. Votre signalement ({ $category }) nous est parvenu. Son numéro de suivi est { $number }.

    Avec ce numéro, vous pouvez voir où il en est.
    .subject = { $brand } : votre signalement { $number }
    .sms = { $brand } : votre signalement ({ $category }) nous est parvenu. Numéro de suivi { $number }.
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
    .subject = { $brand } : la demande { $number } est de nouveau ouverte
    .sms = { $brand } : la demande { $number } est de nouveau ouverte. { $text }
    .title = Votre demande est de nouveau ouverte

# C'est un doublon d'une autre.
merged = La demande { $number } ({ $category }) porte sur la même chose que la demande { $other }. La suite y est donnée.

    { $text }
    .subject = { $brand } : la demande { $number } se poursuit sous { $other }
    .sms = { $brand } : la demande { $number } se poursuit sous { $other }. { $text }
    .title = Votre demande a été réunie à une autre

# Ce n'était finalement pas un doublon.
unmerged = La demande { $number } ({ $category }) est de nouveau suivie séparément.

    { $text }
    .subject = { $brand } : la demande { $number } est de nouveau suivie séparément
    .sms = { $brand } : la demande { $number } est de nouveau suivie séparément. { $text }
    .title = Votre demande est de nouveau suivie séparément

# Au personnel : une échéance approche ou est dépassée.
deadline = La demande { $number } ({ $category }) { $when ->
        [before] doit être réglée avant le { $due }
       *[after] devait être réglée avant le { $due }
    }.
    .subject = { $brand } : l’échéance de la demande { $number }
    .sms = { $brand } : échéance de la demande { $number } : { $due }
    .title = Une échéance
